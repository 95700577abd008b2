/** What exits leave owed, through the turn that decides them; and what later acts make of it (A44). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import { DAY_MS, HOUR_MS } from '../../../../domain/time.ts';
import { OwedExits } from '../../../../durable-objects/wallet/exits/owed-exits.ts';
import { at, type Change, LEADER, levels, NOW, sh } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, OTHER_LEADER, OTHER_TOKEN } from '../stores.ts';
import { DONE } from '../turn-room.ts';
import { type ExitRoom, exitRoom } from './exit-room.ts';

let room: ExitRoom;

beforeEach(() => {
  room = exitRoom();
});

describe('an exit', () => {
  it('that sells its whole size leaves nothing owed', async () => {
    expect(await room.exit('first')).toMatchObject({ decision: 'EXECUTE' });
    expect([room.shares(), room.row(), room.looks]).toEqual([sh('50'), undefined, []]);
  });

  it.each<[string, Change, ReasonCode]>([
    ['there is no bid', { book: { bids: [] } }, 'NO_LIQUIDITY_WITHIN_BOUNDS'],
    [
      'the book is crossed',
      { book: { bids: levels('0.51x1000'), asks: levels('0.50x1000') } },
      'BOOK_CROSSED',
    ],
    ['the book is missing', { book: null }, 'BOOK_UNAVAILABLE'],
    ['the market is unknown', { market: null }, 'MARKET_UNKNOWN'],
    ['the market takes no orders', { market: { acceptingOrders: false } }, 'MARKET_NOT_ACCEPTING'],
    [
      'the bid is far below the leader’s price',
      { book: { bids: levels('0.30x1000'), asks: levels('0.31x1000') } },
      'PRICE_WORSE_THAN_THEIR_FILL',
    ],
  ])('is owed with its cause where %s', async (_what, change, cause) => {
    room.feed.answers = async () => room.quote(change);
    expect(await room.exit('first', {}, change)).toMatchObject({ decision: 'SKIP' });
    expect(room.row()).toMatchObject({
      exitId: room.keysOf('first', 'SELL').idempotencyKey,
      state: 'OWED',
      shareMicros: sh('50'),
      cause,
      openedAtMs: NOW,
      exitAtMs: NOW - 500,
      referencePriceMicros: at('0.50'),
      tries: 0,
      nextLookAtMs: NOW + 2_000,
    });
    expect(room.looks).toEqual([NOW + 2_000]);
  });

  it.each<ReasonCode>([
    'LIVE_WS_DOWN',
    'LIVE_ACCOUNT_UNREAD',
    'LIVE_REGION_BLOCKED',
    'LIVE_VENUE_RESTARTING',
  ])('is owed while live execution is refused: %s', async (cause) => {
    room = exitRoom('LIVE');
    room.executor.gateReason = cause;
    await room.exit('first');
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('50'), cause });
  });

  it('is owed where the executor refuses it at the last moment', async () => {
    room = exitRoom('LIVE');
    room.executor.whenExecuting = () => ({ kind: 'refused', reason: 'LIVE_NO_SLOT' });
    await room.exit('first');
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('50'), cause: 'LIVE_NO_SLOT' });
  });

  it('that fills in part owes the rest', async () => {
    room.world.bids = '0.49x30';
    expect(await room.exit('first')).toMatchObject({ decision: 'EXECUTE' });
    expect(room.shares()).toBe(sh('70'));
    expect(room.row()).toMatchObject({
      state: 'OWED',
      shareMicros: sh('20'),
      cause: 'NO_LIQUIDITY_WITHIN_BOUNDS',
    });
  });

  it('of which a live order reserves a part owes what the order does not', async () => {
    room = exitRoom('LIVE');
    room.executor.whenExecuting = () => ({ ...DONE, soldShareMicros: sh('49.99') });
    await room.exit('first');
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('0.01') });
  });

  it('that waits for its shares owes nothing yet', async () => {
    room = exitRoom('LIVE');
    room.executor.whenExecuting = () => ({ kind: 'wait' });
    expect(await room.exit('first')).toMatchObject({ decision: 'WAIT' });
    expect(room.row()).toBeUndefined();
  });

  it('delivered twice owes once', async () => {
    await room.oweHalf();
    const before = room.row();
    await room.exit('first');
    expect(room.row()).toEqual(before);
  });

  it('that is older than exits are tried opens a row that is listed and not looked at', async () => {
    const { exitAgeMsMax } = room.settings.of(LEADER);
    await room.exit('first', { leaderEventAtMs: NOW - exitAgeMsMax - 1 });
    expect(room.row()).toMatchObject({ state: 'EXPIRED', shareMicros: sh('50'), nextLookAtMs: null });
    expect(room.owed.open()).toHaveLength(1);
    expect(room.owed.due()).toEqual([]);
    const limit = exitRoom();
    expect(await limit.exit('first', { leaderEventAtMs: NOW - exitAgeMsMax })).toMatchObject({
      decision: 'EXECUTE',
    });
  });

  it('below the venue’s minimum waits for the next one, and with it is large enough', async () => {
    const few: Partial<CopyIntent> = {
      exit: { kind: 'FRACTION', soldShareMicros: sh('3'), heldShareMicros: sh('100') },
    };
    await room.exit('first', few);
    expect(room.row()).toMatchObject({ state: 'TOO_SMALL', shareMicros: sh('3'), nextLookAtMs: null });
    await room.exit('second', few);
    // Three percent of the 97 that are not owed.
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('5.91'), nextLookAtMs: NOW + 2_000 });
  });
});

describe('a further exit that is not sold', () => {
  it('adds its part of what is not owed yet, and restarts age, price and patience', async () => {
    const first = await room.oweHalf();
    room.ports.atMs += HOUR_MS;
    room.world.bids = '';
    await room.exit('second', { referencePriceMicros: at('0.40'), leaderExited: true });
    expect(room.row()).toEqual({
      ...first,
      lastExitId: room.keysOf('second', 'SELL').idempotencyKey,
      shareMicros: sh('75'),
      leaderExited: true,
      referencePriceMicros: at('0.40'),
      exitAtMs: NOW + HOUR_MS - 500,
      nextLookAtMs: NOW + HOUR_MS + 2_000,
    });
  });

  it('that happened earlier adds its shares, and leaves age and price', async () => {
    const first = await room.oweHalf();
    room.world.bids = '';
    await room.exit('late', { referencePriceMicros: at('0.40'), leaderEventAtMs: NOW - 30_000 });
    const lastExitId = room.keysOf('late', 'SELL').idempotencyKey;
    expect(room.row()).toEqual({ ...first, lastExitId, shareMicros: sh('75') });
  });

  it('lets an expired row be tried again', async () => {
    await room.exit('first', { leaderEventAtMs: NOW - 2 * DAY_MS });
    room.world.bids = '';
    await room.exit('second');
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('75'), nextLookAtMs: NOW + 2_000 });
  });

  it('and was found too late does not end the tries of a younger one', async () => {
    const first = await room.oweHalf();
    await room.exit('late', { leaderEventAtMs: NOW - 2 * DAY_MS });
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('75'), exitAtMs: first.exitAtMs });
    expect(room.owed.nextLookAtMs()).toBeDefined();
  });
});

describe('what is owed', () => {
  it('is never more than the leader’s own unreserved shares', async () => {
    await room.oweHalf();
    const { intent } = room.exitRequest('any');
    expect(
      [sh('60'), sh('50'), sh('20'), sh('0'), sh('-1')].map((own) => room.owed.owedShares(intent, own)),
    ).toEqual([sh('50'), sh('50'), sh('20'), sh('0'), sh('0')]);
    expect(room.owed.owedShares(exampleIntent({ tokenId: OTHER_TOKEN }), sh('60'))).toBe(0n);
  });

  it('is in the facts of the next decision', async () => {
    await room.oweHalf();
    const { intent, quote } = room.exitRequest('next');
    const given = { intent, members: [], quote, settings: room.settings.of(LEADER), waited: false };
    const { portfolio } = room.decider.preview(given).facts;
    expect([portfolio.ownShareMicros, portfolio.owedShareMicros]).toEqual([sh('100'), sh('50')]);
  });

  it('is lowered by a sale by hand, and ended by one of all shares', async () => {
    const close = (name: string, size: string) =>
      room.exit(name, { sourceType: 'CLOSE', exit: { kind: 'SHARES', shareMicros: sh(size) } });
    await room.oweHalf();
    await close('close a part', '20');
    expect([room.shares(), room.row()?.shareMicros, room.row()?.state]).toEqual([sh('80'), sh('30'), 'OWED']);
    await close('close the rest', '80');
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n, nextLookAtMs: null });
    expect(room.owed.open()).toEqual([]);
  });

  it('is raised by a correction that finds no bid, and lowered by one below zero (A43)', async () => {
    const correct = (name: string, size: string, presetReason: CopyIntent['presetReason'] = null) =>
      room.exit(name, {
        sourceType: 'CORRECTION',
        exit: { kind: 'CORRECTION', shareMicros: sh(size) },
        presetReason,
      });
    await room.oweHalf();
    room.world.bids = '';
    await correct('more', '20');
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('70') });
    await correct('more', '20');
    expect(room.row()?.shareMicros).toBe(sh('70'));
    await correct('fewer', '-30', 'OWED_LOWERED');
    expect(room.row()).toMatchObject({ state: 'OWED', shareMicros: sh('40') });
    await correct('none', '-300', 'OWED_LOWERED');
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
    expect(room.attemptRows().at(-1)).toEqual(['CORRECTION', 'SKIP', 'OWED_LOWERED']);
  });

  it('is lowered by a correction below zero while the switch is OFF too', async () => {
    room = exitRoom('LIVE');
    await room.oweHalf();
    room.switches.set('OFF');
    const exit = { kind: 'CORRECTION', shareMicros: sh('-30') } as const;
    await room.exit('fewer', { sourceType: 'CORRECTION', exit, presetReason: 'OWED_LOWERED' });
    expect(room.row()?.shareMicros).toBe(sh('20'));
  });

  it('is not raised by a sale by hand that was not executed', async () => {
    room.world.bids = '';
    await room.exit('close', { sourceType: 'CLOSE', exit: { kind: 'SHARES', shareMicros: sh('100') } });
    expect(room.row()).toBeUndefined();
  });

  it('survives a restart', async () => {
    const row = await room.oweHalf();
    const again = new OwedExits(room.ports.restarted().storage, room.ports.nowMs, () => {});
    expect(again.open()).toEqual([row]);
  });

  it('is one row per leader and token, the longest owed first', async () => {
    await room.oweHalf();
    const other = exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER });
    room.ports.atMs -= 1;
    room.owed.add(other, sh('7'), 'BOOK_STALE');
    room.ports.atMs += 1;
    expect(room.owed.open().map((row) => row.shareMicros)).toEqual([sh('7'), sh('50')]);
  });

  it('is as stored after a transaction that was rolled back', async () => {
    const row = await room.oweHalf();
    const failing = () =>
      room.ports.storage.transaction(() => {
        room.owed.keep(row);
        room.owed.add(exampleIntent({ side: 'SELL', tokenId: OTHER_TOKEN }), sh('7'), 'BOOK_STALE');
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect([room.owed.open(), room.owed.kept(), room.owed.nextLookAtMs()]).toEqual([
      [row],
      [],
      row.nextLookAtMs,
    ]);
  });

  it('is forgotten eight days after it ended, and never while it is owed or kept', async () => {
    const closing = exitRoom();
    await closing.oweHalf();
    await closing.exit('all', { sourceType: 'CLOSE', exit: { kind: 'SHARES', shareMicros: sh('100') } });
    closing.owed.prune(NOW + 8 * DAY_MS);
    expect(closing.row()?.state).toBe('DONE');
    closing.owed.prune(NOW + 8 * DAY_MS + 1);
    expect(closing.row()).toBeUndefined();
    const row = await room.oweHalf();
    room.owed.prune(NOW + 80 * DAY_MS);
    expect(room.row()).toEqual(row);
    room.owed.keep(row);
    room.owed.prune(NOW + 80 * DAY_MS);
    expect(room.row()?.state).toBe('KEPT');
  });
});

describe('a later purchase', () => {
  it('first cancels owed shares, and buys only the rest', async () => {
    await room.exit(
      'first',
      { exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('10') } },
      {
        book: { bids: [] },
      },
    );
    expect(room.row()?.shareMicros).toBe(sh('10'));
    await room.buy('more');
    expect(room.ports.outboxedOf('attempt').at(-1)).toMatchObject({
      decision: 'EXECUTE',
      clamps: ['OWED_EXIT'],
    });
    // $20 buy 39.21 shares at up to 51 cents.
    expect(room.shares()).toBe(sh('129.21'));
    expect(room.row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
  });

  it('that is smaller than what is owed buys nothing, and lowers it by its size', async () => {
    await room.oweHalf();
    expect(await room.buy('more')).toMatchObject({ decision: 'SKIP', reasons: ['BOUGHT_BACK'] });
    expect(room.ports.outboxedOf('attempt').at(-1)?.clamps).toEqual(['OWED_EXIT']);
    expect([room.shares(), room.row()?.shareMicros]).toEqual([sh('100'), sh('10.79')]);
  });

  it('that is skipped for another reason leaves what is owed', async () => {
    const row = await room.oweHalf();
    await room.buy('more', { presetReason: 'CARRY_EXPIRED' });
    await room.buy('old', { leaderEventAtMs: NOW - DAY_MS });
    expect(room.row()).toEqual(row);
  });

  it('that the executor refuses leaves what is owed', async () => {
    room = exitRoom('LIVE', { copyRateBps: 5_000 });
    room.executor.gateReason = 'LIVE_WS_DOWN';
    await room.exit('first', {
      exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('10') },
    });
    const row = room.row();
    expect(row?.shareMicros).toBe(sh('10'));
    room.executor.gateReason = null;
    room.executor.whenExecuting = () => ({ kind: 'refused', reason: 'LIVE_NO_SLOT' });
    expect(await room.buy('more')).toMatchObject({ reasons: ['LIVE_NO_SLOT'] });
    expect(room.row()).toEqual(row);
  });

  it('in SHADOW leaves what is owed', async () => {
    room = exitRoom('LIVE');
    await room.oweHalf();
    room.switches.set('SHADOW');
    expect(await room.buy('more')).toMatchObject({ reasons: ['BOUGHT_BACK'] });
    expect(room.row()?.shareMicros).toBe(sh('50'));
    room.switches.set('ON');
    await room.buy('again');
    expect(room.row()?.shareMicros).toBeLessThan(sh('50'));
  });
});

it('adds nothing for shares that were never held', async () => {
  room = exitRoom('PAPER', {}, '0');
  expect(await room.exit('first')).toMatchObject({ reasons: ['NOT_ENOUGH_POSITION_TO_SELL'] });
  expect(room.row()).toBeUndefined();
});

describe('a bid that the exits of a token wait for', () => {
  const lookAtMs = (): number | null | undefined => room.row()?.nextLookAtMs;

  it('brings their next look forward, and starts none that a person must start', () => {
    const intent = exampleIntent({ side: 'SELL' });
    room.owed.add(intent, sh('9'), 'NO_LIQUIDITY_WITHIN_BOUNDS');
    room.owed.bidCame(OTHER_TOKEN);
    expect(lookAtMs()).toBe(NOW + 2_000);
    room.owed.bidCame(intent.tokenId);
    expect(lookAtMs()).toBe(NOW);
    room.owed.hold(() => false);
    room.owed.bidCame(intent.tokenId);
    expect(lookAtMs()).toBeNull();
  });

  it('does not shorten the wait for a reading of shares that the venue did not see', () => {
    const intent = exampleIntent({ side: 'SELL' });
    room.owed.add(intent, sh('9'), 'LIVE_SHARES_NOT_THERE_YET');
    const before = lookAtMs();
    room.owed.bidCame(intent.tokenId);
    expect(lookAtMs()).toBe(before);
  });
});
