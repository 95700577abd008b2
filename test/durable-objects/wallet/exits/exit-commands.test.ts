/** What switches and the operator make of what is owed (A44). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExitCommand } from '../../../../durable-objects/rpc.ts';
import { LEADER, NOW, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, OTHER_LEADER, OTHER_TOKEN } from '../stores.ts';
import { type ExitRoom, exitRoom } from './exit-room.ts';

let room: ExitRoom;

beforeEach(() => {
  room = exitRoom();
});

const THIS = { leaderAddress: LEADER, tokenId: TOKEN };
const run = (action: ExitCommand['action'], exit: ExitCommand['exit'] = THIS) =>
  room.commands.run({ action, exit });
/** Confirms the rows of this list. */
const confirm = (...listed: NonNullable<ExitCommand['listed']>) =>
  room.commands.run({ action: 'RELEASE', exit: null, listed });
/** The row as a list of what matters here. */
const brief = () => {
  const { state, shareMicros, cause } = room.row()!;
  return [state, shareMicros, cause];
};

describe('a switch that is lowered', () => {
  it('holds what is owed: nothing is looked at until the operator confirms', async () => {
    await room.oweHalf();
    room.switches.set('OFF');
    room.commands.holdWhatIsOff();
    expect(room.row()).toMatchObject({ state: 'HELD', shareMicros: sh('50'), nextLookAtMs: null });
    expect(room.owed.nextLookAtMs()).toBeUndefined();
  });

  it.each(['SHADOW', 'OFF'] as const)('to %s holds it in the live Wallet', async (state) => {
    room = exitRoom('LIVE');
    await room.oweHalf();
    room.switches.set(state);
    room.commands.holdWhatIsOff();
    expect(room.row()?.state).toBe('HELD');
  });

  it('for one leader holds that leader’s rows only', async () => {
    room = exitRoom('LIVE');
    await room.oweHalf();
    room.commands.holdWhatIsOff();
    expect(room.row()?.state).toBe('OWED');
    room.switches.setOverride(LEADER, 'FORCE_OFF');
    room.commands.holdWhatIsOff();
    expect(room.row()?.state).toBe('HELD');
  });

  it('holds what was too small, and leaves what is blocked or expired as it is listed', async () => {
    await room.exit('few', {
      exit: { kind: 'FRACTION', soldShareMicros: sh('3'), heldShareMicros: sh('100') },
    });
    const expired = exampleIntent({ side: 'SELL', tokenId: OTHER_TOKEN });
    room.owed.add(expired, sh('7'), 'EVENT_TOO_OLD');
    const blocked = exampleIntent({ side: 'SELL', leaderAddress: OTHER_LEADER });
    room.owed.add(blocked, sh('7'), 'LIVE_ORDER_REJECTED');
    room.switches.set('OFF');
    room.commands.holdWhatIsOff();
    expect(
      room.owed
        .open()
        .map((row) => row.state)
        .sort(),
    ).toEqual(['BLOCKED', 'EXPIRED', 'HELD']);
  });
});

describe('an exit of the leader while the switch is not ON', () => {
  it('on paper is recorded, owed and held, once', async () => {
    room.switches.set('OFF');
    expect(await room.exit('first')).toMatchObject({ decision: 'SKIP', reasons: ['ENGINE_PAUSED'] });
    await room.exit('first');
    expect(brief()).toEqual(['HELD', sh('50'), 'ENGINE_PAUSED']);
    expect(room.attemptRows()).toEqual([['IMMEDIATE', 'SKIP', 'ENGINE_PAUSED']]);
    expect(room.shares()).toBe(sh('100'));
  });

  it('live OFF, or off for the leader, is recorded, owed and held', async () => {
    room = exitRoom('LIVE');
    room.switches.setOverride(LEADER, 'FORCE_OFF');
    await room.exit('first');
    expect(brief()).toEqual(['HELD', sh('50'), 'LIVE_MODE_OFF']);
    room.switches.setOverride(LEADER, 'INHERIT');
    room.switches.set('OFF');
    await room.exit('second');
    expect(brief()).toEqual(['HELD', sh('75'), 'LIVE_MODE_OFF']);
    expect(room.executor.executed).toEqual([]);
  });

  it('of a token that is not held is only counted', async () => {
    room.switches.set('OFF');
    expect(await room.exit('first', { tokenId: OTHER_TOKEN })).toEqual({ kind: 'inactive' });
    expect([room.kv.get('inactive'), room.attemptRows()]).toEqual([1, []]);
  });

  it('in SHADOW is recorded, owed and held', async () => {
    room = exitRoom('LIVE');
    room.switches.set('SHADOW');
    room.executor.whenExecuting = () => ({ ...room.DONE, reasons: ['LIVE_SHADOW_ONLY'] });
    await room.exit('first');
    expect(brief()).toEqual(['HELD', sh('50'), 'LIVE_SHADOW_ONLY']);
  });

  it('while the Wallet has paused itself is owed and held', async () => {
    room.pause.start('a bug');
    await room.exit('first');
    expect(brief()).toEqual(['HELD', sh('50'), 'ENGINE_PAUSED']);
  });

  it('adds to what is owed, which is held with it', async () => {
    await room.oweHalf();
    room.switches.set('OFF');
    await room.exit('second');
    expect(brief()).toEqual(['HELD', sh('75'), 'ENGINE_PAUSED']);
    expect(room.row()?.nextLookAtMs).toBeNull();
  });
});

describe('a switch that is raised to ON again', () => {
  beforeEach(async () => {
    room.switches.set('OFF');
    await room.exit('first');
    room.switches.set('ON');
    room.ports.clearOutbox();
  });

  it('starts nothing that is held, and a further exit does not start it either', async () => {
    room.world.bids = '';
    await room.exit('second');
    expect(room.row()).toMatchObject({ state: 'HELD', shareMicros: sh('75'), nextLookAtMs: null });
    room.world.bids = '0.49x1000';
    room.ports.atMs += 60_000;
    expect(await room.tries.run()).toBeUndefined();
    expect(room.shares()).toBe(sh('100'));
  });

  it('sells a further exit’s own part, and what was held stays held', async () => {
    await room.exit('second');
    expect([room.shares(), ...brief()]).toEqual([sh('75'), 'HELD', sh('50'), 'ENGINE_PAUSED']);
  });

  it('lets the operator confirm: it is tried at once, and its age counts from then', async () => {
    room.ports.atMs += 60_000;
    expect(run('RELEASE')).toEqual({ kind: 'done', rows: 1 });
    const at = NOW + 60_000;
    expect(room.row()).toMatchObject({ state: 'OWED', exitAtMs: at, looks: 0, nextLookAtMs: at });
    await room.tries.run();
    expect([room.shares(), room.row()?.state]).toEqual([sh('50'), 'DONE']);
  });
});

describe('a confirmation', () => {
  it('is refused while the switch is not ON, and where nothing is owed', async () => {
    expect(run('RELEASE')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('nothing') });
    room.switches.set('OFF');
    await room.exit('first');
    expect(run('RELEASE')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('not ON') });
    expect(room.row()?.state).toBe('HELD');
  });

  it('of all means what is held, and no blocked or expired row', async () => {
    room.owed.add(exampleIntent({ side: 'SELL', tokenId: OTHER_TOKEN }), sh('7'), 'LIVE_ORDER_REJECTED');
    room.owed.add(exampleIntent({ side: 'SELL' }), sh('8'), 'ENGINE_PAUSED');
    expect(run('RELEASE', null)).toEqual({ kind: 'done', rows: 1 });
    expect(
      room.owed
        .open()
        .map((row) => [row.shareMicros, row.state])
        .sort(),
    ).toEqual([
      [sh('7'), 'BLOCKED'],
      [sh('8'), 'OWED'],
    ]);
    expect(run('RELEASE', null)).toMatchObject({ kind: 'refused' });
  });

  it('of a list starts only the held rows that the list names, and none that owes more by now', () => {
    const listed = { leaderAddress: LEADER, tokenId: TOKEN, shareMicros: sh('8') };
    const other = { ...listed, leaderAddress: OTHER_LEADER };
    room.owed.add(exampleIntent({ side: 'SELL' }), sh('8'), 'ENGINE_PAUSED');
    expect(confirm()).toMatchObject({ kind: 'refused' });
    expect(confirm({ ...listed, tokenId: OTHER_TOKEN }, other)).toMatchObject({ kind: 'refused' });
    expect(confirm({ ...listed, shareMicros: sh('7.99') })).toMatchObject({ kind: 'refused' });
    expect(room.row()?.state).toBe('HELD');
    expect(confirm(other, listed)).toEqual({ kind: 'done', rows: 1 });
    expect(room.row()?.state).toBe('OWED');
  });
});

describe('trying again', () => {
  it.each([
    ['blocked', 'LIVE_ORDER_REJECTED'],
    ['expired', 'EVENT_TOO_OLD'],
  ] as const)('starts one that is %s: at once, and its age counts from now', (_state, cause) => {
    room.owed.add(exampleIntent({ side: 'SELL', leaderEventAtMs: NOW - 10_000 }), sh('7'), cause);
    room.owed.add(exampleIntent({ side: 'SELL', tokenId: OTHER_TOKEN }), sh('7'), cause);
    expect(room.row()?.nextLookAtMs).toBeNull();
    expect(run('TRY_AGAIN')).toEqual({ kind: 'done', rows: 1 });
    expect(room.row()).toMatchObject({ state: 'OWED', exitAtMs: NOW, looks: 0, nextLookAtMs: NOW });
    expect(room.owed.open().filter((row) => row.state === 'OWED')).toHaveLength(1);
  });

  it.each([
    ['held, which a confirmation starts', 'ENGINE_PAUSED'],
    ['tried by itself', 'NO_LIQUIDITY_WITHIN_BOUNDS'],
    ['too small', 'BELOW_MIN_ORDER_SIZE'],
  ] as const)('is refused for one that is %s', (_state, cause) => {
    room.owed.add(exampleIntent({ side: 'SELL' }), sh('7'), cause);
    const before = room.row();
    expect(run('TRY_AGAIN')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('look again'),
    });
    expect(room.row()).toEqual(before);
  });

  it('is refused while the switch is not ON, and for all rows at once', () => {
    room.owed.add(exampleIntent({ side: 'SELL' }), sh('7'), 'LIVE_ORDER_REJECTED');
    expect(run('TRY_AGAIN', null)).toMatchObject({ kind: 'refused' });
    room.switches.set('OFF');
    expect(run('TRY_AGAIN')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('not ON') });
    expect(room.row()?.state).toBe('BLOCKED');
  });
});

describe('keeping the shares', () => {
  it('ends what is owed, in any state of the switch, and is listed no more', async () => {
    await room.oweHalf();
    room.switches.set('OFF');
    expect(run('KEEP')).toEqual({ kind: 'done', rows: 1 });
    expect(room.row()).toMatchObject({ state: 'KEPT', shareMicros: 0n, keptAtMs: NOW, nextLookAtMs: null });
    expect([room.owed.open(), room.owed.kept().length]).toEqual([[], 1]);
    expect(run('KEEP')).toMatchObject({ kind: 'refused' });
    expect(run('RELEASE')).toMatchObject({ kind: 'refused' });
  });

  it('is never for all rows at once', async () => {
    await room.oweHalf();
    expect(run('KEEP', null)).toMatchObject({ kind: 'refused' });
    expect(room.row()?.state).toBe('OWED');
  });

  it('is for one row: other leaders and tokens are left', async () => {
    await room.oweHalf();
    for (const exit of [
      { ...THIS, tokenId: OTHER_TOKEN },
      { ...THIS, leaderAddress: OTHER_LEADER },
    ])
      expect(run('KEEP', exit)).toMatchObject({ kind: 'refused' });
    expect(room.row()?.state).toBe('OWED');
  });

  it('leaves later exits their fraction of all that is left, and they owe only their own shares', async () => {
    await room.oweHalf();
    run('KEEP');
    room.ports.atMs += 1_000;
    room.world.bids = '0.49x20';
    await room.exit('second');
    // Half of the hundred, of which twenty found a bid.
    expect([room.shares(), ...brief()]).toEqual([sh('80'), 'OWED', sh('30'), 'NO_LIQUIDITY_WITHIN_BOUNDS']);
    expect(room.row()).toMatchObject({
      exitId: room.keysOf('second', 'SELL').idempotencyKey,
      openedAtMs: NOW + 1_000,
    });
  });
});
