/** A paper copy waits as a live order does, and fills on the book that stands then, within the bound of its decision (A55). */
import { describe, expect, it } from 'vitest';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { BOOK_MS_MAX } from '../../../durable-objects/wallet/paper/pending-fills.ts';
import type { Scene } from '../world/scene.ts';
import { decided, holding, lines, owed, pendingScene, reservedCash, WAIT_MS } from './pending-scene.ts';

const SECOND_MS = 1_000;
/** An order may go a cent beyond the leader's price. */
const LOOSE: Partial<ModeSettings> = {
  slippageBpsBuy: 10_000,
  slippageBpsSell: 10_000,
  overMidPriceMicrosMax: 50_000,
};
/** Longer than a leader's trade takes to be seen. */
const LONG_MS = 10 * SECOND_MS;
/** Within half a second of its due time a copy has filled, when there is a book. */
const FILLED_MS = WAIT_MS + 500;

function book(scene: Scene, bids: readonly [string, string][], asks: readonly [string, string][]): void {
  scene.world.exchange.setBook(scene.token, { bids: [...bids], asks: [...asks] });
}

/** No book of any token can be read any more, and the channel is silent. */
function withoutBooks(scene: Scene): void {
  scene.world.venue.rewrites = (path, body) => (path === '/book' ? 'gone' : body);
}

describe('a paper copy', () => {
  it('is pending from its decision on, says when it is due, and fills then', async () => {
    const scene = await pendingScene();
    await decided(scene, 'BUY', '200');
    expect(lines(scene)).toEqual(['BUY 0 of 20 PAPER_PENDING']);
    const [pending] = scene.attempts();
    expect(pending!.dueAtMs! - pending!.decidedAtMs).toBe(WAIT_MS);
    await scene.world.advance(pending!.dueAtMs! - scene.world.nowMs - 1);
    expect(lines(scene)).toEqual(['BUY 0 of 20 PAPER_PENDING']);
    // The row is on its way to D1 for a moment.
    await scene.world.advance(100);
    const [filled] = scene.attempts();
    expect(lines(scene)).toEqual(['BUY 20 of 20']);
    expect(filled!.revision).toBe(2);
    expect(scene.world.rows('copyFill').map((fill) => fill.filledAtMs)).toEqual([pending!.dueAtMs]);
  });

  it('also waits as long as its market delays takers', async () => {
    const scene = await pendingScene();
    scene.world.exchange.setDelay(scene.conditionId, 3);
    // Market facts are read again.
    scene.world.kill('feed');
    await scene.world.advance(20 * SECOND_MS);
    await decided(scene, 'BUY', '200');
    const [pending] = scene.attempts();
    expect(pending!.dueAtMs! - pending!.decidedAtMs).toBe(3 * SECOND_MS + WAIT_MS);
    await scene.world.advance(FILLED_MS);
    expect(lines(scene)).toEqual(['BUY 0 of 20 PAPER_PENDING']);
    await scene.world.advance(3 * SECOND_MS);
    expect(lines(scene)).toEqual(['BUY 20 of 20']);
  });

  it('reserves its cash, which can neither be withdrawn nor spent a second time', async () => {
    const scene = await pendingScene({ settings: { maxTradeNotionalMicros: 10_000_000_000 } });
    const { world } = scene;
    world.exchange.setBook(scene.token, { bids: [['0.49', '10000000']], asks: [['0.50', '10000000']] });
    await decided(scene, 'BUY', '120000');
    // At most $6,000 and the fee; $10,000 are there.
    expect(reservedCash(scene)).toBeGreaterThan(5_999);
    const take = { commandId: 'all', kind: 'WITHDRAWAL', amountMicros: 5_000_000_000n } as const;
    expect(world.paper.moveCash(take)).toEqual({ kind: 'refused', reason: 'there is not that much cash' });
    await decided(scene, 'BUY', '120000');
    await world.advance(FILLED_MS);
    expect(reservedCash(scene)).toBe(0);
    const [first, second] = scene.attempts();
    expect(first!.clamps).not.toContain('CASH');
    expect(second!.clamps).toContain('CASH');
    expect(world.paper.portfolio().cashMicros).toBeGreaterThanOrEqual(0n);
    expect(world.paper.status().pausedBecause).toBeNull();
  });
});

describe('on the book of its due time', () => {
  it.each([
    // side, book meanwhile (bid, ask), size there, what becomes of it, and at which price
    ['BUY', 'stands', ['0.49', '0.50'], '100000', 'BUY 20 of 20', 500_000n, []],
    ['BUY', 'is better', ['0.44', '0.45'], '100000', 'BUY 20 of 20', 450_000n, []],
    ['BUY', 'is worse within the bound', ['0.50', '0.51'], '100000', 'BUY 20 of 20', 510_000n, []],
    [
      'BUY',
      'is worse than the bound',
      ['0.51', '0.52'],
      '100000',
      'BUY 0 of 20 NO_LIQUIDITY_WITHIN_BOUNDS',
      null,
      [],
    ],
    ['BUY', 'is thin', ['0.49', '0.50'], '7', 'BUY 7 of 20', 500_000n, []],
    ['SELL', 'stands', ['0.49', '0.50'], '100000', 'SELL 10 of 10', 490_000n, []],
    ['SELL', 'is better', ['0.55', '0.56'], '100000', 'SELL 10 of 10', 550_000n, []],
    ['SELL', 'is worse within the bound', ['0.48', '0.49'], '100000', 'SELL 10 of 10', 480_000n, []],
    [
      'SELL',
      'is worse than the bound',
      ['0.46', '0.47'],
      '100000',
      'SELL 0 of 10 NO_LIQUIDITY_WITHIN_BOUNDS',
      null,
      ['10 OWED NO_LIQUIDITY_WITHIN_BOUNDS'],
    ],
    [
      'SELL',
      'is thin',
      ['0.49', '0.50'],
      '7',
      'SELL 7 of 10',
      490_000n,
      ['3 OWED NO_LIQUIDITY_WITHIN_BOUNDS'],
    ],
  ] as const)('a %s whose book %s fills so', async (side, _what, [bid, ask], size, outcome, price, rest) => {
    const scene = await pendingScene({ settings: LOOSE });
    const { world } = scene;
    if (side === 'SELL') await holding(scene, '204');
    await decided(scene, side, side === 'BUY' ? '204' : '102');
    book(scene, [[bid, size]], [[ask, size]]);
    await world.advance(FILLED_MS);
    const attempt = scene.attempts().at(-1)!;
    expect(lines(scene).at(-1)).toBe(outcome);
    expect(attempt.vwapPriceMicros).toBe(price);
    expect(owed(scene)).toEqual(rest);
    expect(reservedCash(scene)).toBe(0);
  });

  it('two leaders’ copies share what one level has', async () => {
    const scene = await pendingScene({ settings: LOOSE });
    const { world } = scene;
    const other = world.exchange.leaders()[1]!.address;
    await world.follow(other);
    await world.advance(2 * SECOND_MS);
    scene.trade('BUY', '204');
    scene.trade('BUY', '204', { leader: other });
    while (scene.attempts().length < 2) await world.advance(50);
    book(scene, [['0.49', '100']], [['0.50', '30']]);
    await world.advance(FILLED_MS + SECOND_MS);
    expect(lines(scene).toSorted()).toEqual(['BUY 10 of 20', 'BUY 20 of 20']);
  });
});

describe('without a book', () => {
  it.each([
    ['BUY', 'BUY 0 of 20 PAPER_NO_BOOK', []],
    ['SELL', 'SELL 0 of 10 PAPER_NO_BOOK', ['10 OWED PAPER_NO_BOOK']],
  ] as const)('a %s is canceled five seconds after it was due', async (side, outcome, rest) => {
    const scene = await pendingScene({ settings: LOOSE });
    const { world } = scene;
    if (side === 'SELL') await holding(scene, '204');
    await decided(scene, side, side === 'BUY' ? '204' : '102');
    withoutBooks(scene);
    await world.advance(WAIT_MS + BOOK_MS_MAX - SECOND_MS);
    expect(lines(scene).at(-1)).toContain('PAPER_PENDING');
    await world.advance(2 * SECOND_MS);
    expect(lines(scene).at(-1)).toBe(outcome);
    expect(owed(scene).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      rest.map((line) => line.split(' ').slice(0, 2).join(' ')),
    );
    expect(reservedCash(scene)).toBe(0);
    // People see it as a fault of ours (A60).
    expect(world.paper.status().copying).toMatchObject({ skippedByUs: 1, commonestReason: 'PAPER_NO_BOOK' });
  });

  it('for a moment, it fills on the next one that can be read', async () => {
    const scene = await pendingScene();
    await decided(scene, 'BUY', '200');
    withoutBooks(scene);
    await scene.world.advance(WAIT_MS + 3 * SECOND_MS);
    scene.world.venue.rewrites = undefined;
    await scene.world.advance(2 * SECOND_MS);
    expect(lines(scene)).toEqual(['BUY 20 of 20']);
  });

  it('of one token, the copies of another fill on time', async () => {
    const scene = await pendingScene({ settings: { paperSubmitMs: LONG_MS } });
    const { world } = scene;
    world.exchange.setBook(scene.other, { bids: [['0.49', '100000']], asks: [['0.50', '100000']] });
    scene.trade('BUY', '200');
    scene.trade('BUY', '200', { token: scene.other });
    while (scene.attempts().length < 2) await world.advance(50);
    world.venue.rewrites = (path, body) => (path === '/book' && body.includes(scene.token) ? 'gone' : body);
    await world.advance(LONG_MS + 500);
    const done = scene.attempts().filter((row) => row.filledShareMicros > 0n);
    expect(done.map((row) => row.tokenId)).toEqual([scene.other]);
  });
});

describe('a Wallet that starts again', () => {
  it('fills what is not due yet when it is due', async () => {
    const scene = await pendingScene();
    await decided(scene, 'BUY', '200');
    scene.world.kill('wallet');
    await scene.world.advance(FILLED_MS);
    expect(lines(scene)).toEqual(['BUY 20 of 20']);
  });

  it.each([
    ['BUY', BOOK_MS_MAX - SECOND_MS, 'BUY 20 of 20', []],
    ['BUY', BOOK_MS_MAX + SECOND_MS, 'BUY 0 of 20 PAPER_FOUND_LATE', []],
    ['SELL', BOOK_MS_MAX - SECOND_MS, 'SELL 10 of 10', []],
    ['SELL', BOOK_MS_MAX + SECOND_MS, 'SELL 0 of 10 PAPER_FOUND_LATE', ['10 OWED PAPER_FOUND_LATE']],
  ] as const)('finds a %s %d ms after it was due', async (side, lateMs, outcome, rest) => {
    const scene = await pendingScene();
    const { world } = scene;
    if (side === 'SELL') await holding(scene);
    await decided(scene, side, side === 'BUY' ? '200' : '100');
    // Nothing of ours runs for so long.
    world.time.nowMs = scene.attempts().at(-1)!.dueAtMs! + lateMs;
    world.kill('wallet');
    await world.advance(200);
    expect(lines(scene).at(-1)).toBe(outcome);
    expect(owed(scene)).toEqual(rest);
  });
});

describe('OFF', () => {
  it.each([
    ['by the command', 'BUY', 'BUY 0 of 20 ENGINE_PAUSED', []],
    ['by the command', 'SELL', 'SELL 0 of 10 ENGINE_PAUSED', ['10 HELD ENGINE_PAUSED']],
    ['by D1', 'BUY', 'BUY 0 of 20 ENGINE_PAUSED', []],
    ['by D1', 'SELL', 'SELL 0 of 10 ENGINE_PAUSED', ['10 HELD ENGINE_PAUSED']],
  ] as const)('%s cancels a pending %s before it is acknowledged', async (how, side, outcome, rest) => {
    const scene = await pendingScene();
    const { world } = scene;
    if (side === 'SELL') await holding(scene);
    await decided(scene, side, side === 'BUY' ? '200' : '100');
    if (how === 'by D1') await world.change((control) => ({ ...control, paperTrading: 'OFF' }));
    else expect(world.paper.setTrading('OFF')).toMatchObject({ kind: 'done', state: 'OFF' });
    expect(world.stored('wallet', 'SELECT * FROM pending_copy')).toEqual([]);
    expect(owed(scene)).toEqual(rest);
    await world.advance(FILLED_MS);
    expect(lines(scene).at(-1)).toBe(outcome);
    expect(reservedCash(scene)).toBe(0);
  });
});

describe('a sale while a purchase of the same is pending', () => {
  /** The leader's trades are seen some seconds later: the purchase must still be pending then. */
  const slow = { settings: { paperSubmitMs: LONG_MS } };

  it('waits, and then sells its part of what was bought', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await decided(scene, 'BUY', '200');
    await decided(scene, 'SELL', '100');
    expect(lines(scene)).toEqual(['BUY 0 of 20 PAPER_PENDING', 'SELL WAIT PAPER_WAITING_FOR_PURCHASE']);
    await world.advance(LONG_MS);
    expect(lines(scene)).toEqual(['BUY 20 of 20', 'SELL 0 of 10 PAPER_PENDING']);
    await world.advance(LONG_MS + 500);
    expect(lines(scene)).toEqual(['BUY 20 of 20', 'SELL 10 of 10']);
    const [bought, sold] = scene.attempts();
    expect(sold!.dueAtMs).toBe(bought!.dueAtMs! + LONG_MS);
    expect(scene.held()).toBe(10_000_000n);
    expect(owed(scene)).toEqual([]);
  });

  it('is no part of a purchase that comes after it', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await decided(scene, 'BUY', '200');
    await decided(scene, 'SELL', allOf(scene));
    await decided(scene, 'BUY', '300');
    expect(lines(scene)).toEqual([
      'BUY 0 of 20 PAPER_PENDING',
      'SELL WAIT PAPER_WAITING_FOR_PURCHASE',
      'BUY 0 of 30 PAPER_PENDING',
    ]);
    await world.advance(3 * LONG_MS);
    expect(lines(scene).toSorted()).toEqual(['BUY 20 of 20', 'BUY 30 of 30', 'SELL 20 of 20']);
    expect(scene.held()).toBe(30_000_000n);
  });

  it.each([
    ['at once', 'lives', 0],
    ['soon', 'lives', 500],
    ['soon', 'starts again', 500],
  ])(
    'sells nothing of a later one that fills %s (A44), while the Wallet %s',
    async (_when, life, paperSubmitMs) => {
      const scene = await pendingScene({ settings: { paperSubmitMs: 3 * LONG_MS } });
      const { world } = scene;
      await decided(scene, 'BUY', '200');
      await decided(scene, 'SELL', allOf(scene));
      await world.change((control) => ({
        ...control,
        settings: { ...control.settings, PAPER: { ...control.settings.PAPER, paperSubmitMs } },
      }));
      await decided(scene, 'BUY', '300');
      await world.advance(paperSubmitMs + 500);
      expect(lines(scene)).toEqual([
        'BUY 0 of 20 PAPER_PENDING',
        'SELL WAIT PAPER_WAITING_FOR_PURCHASE',
        'BUY 30 of 30',
      ]);
      if (life !== 'lives') world.kill('wallet');
      await world.advance(4 * LONG_MS);
      expect(lines(scene).toSorted()).toEqual(['BUY 20 of 20', 'BUY 30 of 30', 'SELL 20 of 20']);
      expect(scene.held()).toBe(30_000_000n);
    },
  );

  it('goes before a later sale, which sells its part of what is left and of what was bought between them', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await decided(scene, 'BUY', '200');
    await decided(scene, 'SELL', '100');
    await decided(scene, 'BUY', '200');
    await decided(scene, 'SELL', '150');
    await world.advance(5 * LONG_MS);
    expect(lines(scene).toSorted()).toEqual([
      'BUY 20 of 20',
      'BUY 20 of 20',
      'SELL 10 of 10',
      'SELL 15 of 15',
    ]);
    expect([scene.held(), owed(scene)]).toEqual([15_000_000n, []]);
  });

  it('sells what was held before, where the purchase ends without a fill', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await holding(scene, '200', LONG_MS);
    await decided(scene, 'BUY', '100');
    await decided(scene, 'SELL', allOf(scene));
    expect(lines(scene).at(-1)).toBe('SELL WAIT PAPER_WAITING_FOR_PURCHASE');
    book(scene, [['0.59', '100000']], [['0.60', '100000']]);
    await world.advance(3 * LONG_MS);
    expect(lines(scene).slice(1)).toEqual(['BUY 0 of 10 NO_LIQUIDITY_WITHIN_BOUNDS', 'SELL 20 of 20']);
    expect([scene.held(), owed(scene)]).toEqual([0n, []]);
  });

  it('ends with the switch, and what it would sell is held', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await holding(scene, '200', LONG_MS);
    await decided(scene, 'BUY', '100');
    await decided(scene, 'SELL', '150');
    expect(lines(scene).at(-1)).toBe('SELL WAIT PAPER_WAITING_FOR_PURCHASE');
    world.paper.setTrading('OFF');
    await world.advance(5 * SECOND_MS);
    expect(lines(scene).slice(1)).toEqual(['BUY 0 of 10 ENGINE_PAUSED', 'SELL SKIP ENGINE_PAUSED']);
    // Half of the twenty that are held.
    expect(owed(scene)).toEqual(['10 HELD ENGINE_PAUSED']);
  });

  it('is held too where the switch is ON again a moment later: to raise it starts nothing (A44)', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await holding(scene, '200', LONG_MS);
    await decided(scene, 'BUY', '100');
    await decided(scene, 'SELL', '150');
    world.paper.setTrading('OFF');
    await world.advance(300);
    world.paper.setTrading('ON');
    await world.advance(5 * SECOND_MS);
    expect(lines(scene).slice(1)).toEqual(['BUY 0 of 10 ENGINE_PAUSED', 'SELL SKIP ENGINE_PAUSED']);
    expect([scene.held(), owed(scene)]).toEqual([20_000_000n, ['10 HELD ENGINE_PAUSED']]);
  });

  it.each([
    ['while the book is too wide for a moment', 15_000],
    ['where the settings let no share wait to become final', 0],
  ])('sells what is bought too, %s', async (what, exitWaitMsMax) => {
    const scene = await pendingScene({ settings: { paperSubmitMs: LONG_MS, exitWaitMsMax } });
    const { world } = scene;
    if (exitWaitMsMax > 0) await holding(scene, '200', LONG_MS);
    const boughtBefore = scene.held();
    await decided(scene, 'BUY', '100');
    const wide = what.includes('wide');
    if (wide) book(scene, [['0.10', '5000']], [['0.50', '5000']]);
    await decided(scene, 'SELL', wide ? '300' : '100');
    expect(lines(scene).at(-1)).toBe('SELL WAIT PAPER_WAITING_FOR_PURCHASE');
    if (wide) book(scene, [['0.49', '5000']], [['0.50', '5000']]);
    await world.advance(3 * LONG_MS);
    expect(lines(scene).at(-1)).toBe(`SELL ${boughtBefore === 0n ? '10 of 10' : '30 of 30'}`);
    expect([scene.held(), owed(scene)]).toEqual([0n, []]);
  });

  it('survives a restart', async () => {
    const scene = await pendingScene(slow);
    const { world } = scene;
    await decided(scene, 'BUY', '200');
    await decided(scene, 'SELL', '100');
    expect(lines(scene).at(-1)).toBe('SELL WAIT PAPER_WAITING_FOR_PURCHASE');
    world.kill('wallet');
    await world.advance(3 * LONG_MS);
    expect(lines(scene)).toEqual(['BUY 20 of 20', 'SELL 10 of 10']);
  });
});

describe('a market that resolves meanwhile', () => {
  it.each([
    ['BUY', 'BUY 0 of 20'],
    ['SELL', 'SELL 0 of 10'],
  ] as const)('ends a pending %s without a fill, and nothing is owed', async (side, outcome) => {
    const scene = await pendingScene({ settings: { paperSubmitMs: 20_000 } });
    const { world } = scene;
    if (side === 'SELL') await holding(scene, '200', 20_000);
    await decided(scene, side, side === 'BUY' ? '200' : '100');
    world.exchange.resolve(scene.conditionId, ['1', '0']);
    await world.advance(5 * 60 * SECOND_MS);
    expect(lines(scene).at(-1)).toMatch(new RegExp(`^${outcome} (MARKET_NOT_ACCEPTING|PAPER_NO_BOOK)$`));
    expect(owed(scene)).toEqual([]);
    expect(scene.held()).toBe(0n);
    expect(world.paper.status().pausedBecause).toBeNull();
  });
});

describe('an exit by hand', () => {
  it('waits like any other, once per command', async () => {
    const scene = await pendingScene();
    const { world } = scene;
    await holding(scene);
    const { leaderAddress } = scene.attempts()[0]!;
    const { tokenId } = scene.attempts()[0]!;
    const close = { commandId: 'one', leaderAddress, tokenId, shareMicros: null };
    expect(await world.paper.closePosition(close)).toEqual({ kind: 'accepted' });
    expect(await world.paper.closePosition(close)).toEqual({ kind: 'accepted' });
    await world.settle();
    expect(scene.held()).toBe(20_000_000n);
    await world.advance(FILLED_MS);
    expect(lines(scene).at(-1)).toBe('SELL 20 of 20');
    expect(scene.held()).toBe(0n);
  });

  it('that finds nobody sells nothing, and is not owed: the leader has not left', async () => {
    const scene = await pendingScene();
    const { world } = scene;
    await holding(scene);
    const { leaderAddress, tokenId } = scene.attempts()[0]!;
    await world.paper.closePosition({ commandId: 'one', leaderAddress, tokenId, shareMicros: null });
    book(scene, [], [['0.50', '100']]);
    await world.advance(FILLED_MS);
    expect(lines(scene).at(-1)).toBe('SELL 0 of 20 NO_LIQUIDITY_WITHIN_BOUNDS');
    expect(owed(scene)).toEqual([]);
    expect(scene.held()).toBe(20_000_000n);
  });
});

describe('an owed exit', () => {
  it('is tried as a pending sale of its own, and the next try comes only after that has ended', async () => {
    const scene = await pendingScene({ settings: LOOSE });
    const { world } = scene;
    await holding(scene, '204');
    await decided(scene, 'SELL', '102');
    book(scene, [], [['0.50', '100']]);
    await world.advance(FILLED_MS);
    expect(owed(scene)).toEqual(['10 OWED NO_LIQUIDITY_WITHIN_BOUNDS']);
    scene.deepBook();
    await world.advance(20 * SECOND_MS);
    expect(owed(scene)).toEqual([]);
    expect(lines(scene).slice(-2)).toEqual(['SELL 0 of 10 NO_LIQUIDITY_WITHIN_BOUNDS', 'SELL 10 of 10']);
    expect(scene.held()).toBe(10_000_000n);
  });
});

function allOf(scene: Scene): string {
  const { holdings } = scene.world.exchange.world.accounts.get(scene.leader)!;
  return String(Number(holdings.get(scene.token)?.shares ?? 0n) / 1e6);
}
