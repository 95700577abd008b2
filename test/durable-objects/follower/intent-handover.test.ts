/** Intents on their way to the Wallets: in order, until answered, and never twice in effect. */
import { describe, expect, it } from 'vitest';
import { groupKey, type TradingMode } from '../../../domain/ids.ts';
import type { CopyResult } from '../../../durable-objects/copy-answer.ts';
import { KEPT_MS } from '../../../durable-objects/follower/retention.ts';
import { START_MS } from '../memory-ports.ts';
import { controlWith, decided, followerParts } from './follower-parts.ts';
import { group, TOKEN } from './leader-data.ts';

function setUp() {
  const parts = followerParts(controlWith({ liveTrading: 'ON' }));
  const { wallets, modes, ports } = parts;
  const queue = (mode: TradingMode, ...names: string[]) => {
    for (const name of names) modes[mode].intents.addDirect(group(name));
  };
  /** The names of the groups that a Wallet was sent. */
  const sent = (mode: TradingMode) =>
    wallets[mode].requests.map(({ intent }) =>
      ['a', 'b', 'c'].find((name) => groupKey([name]) === intent.groupKey),
    );
  const warnings = () => ports.logs.map(({ level, message, fields }) => [level, message, fields.mode]);
  return { ...parts, queue, sent, warnings };
}
/** An answer that the test gives when it wants to. */
function later() {
  let give: (result: CopyResult) => void = () => {};
  const answer = new Promise<CopyResult>((resolve) => {
    give = resolve;
  });
  return { answer, give };
}

describe('the handover of intents', () => {
  it('gives a Wallet one after another, in order, each when the one before is answered', async () => {
    const { queue, sent, handover, wallets, ports, groups } = setUp();
    const first = later();
    wallets.PAPER.answer = (request) =>
      request.intent.groupKey === groupKey(['b']) ? first.answer : Promise.resolve(decided());
    queue('PAPER', 'b', 'a');
    const run = handover.run();
    await ports.settle();
    expect(sent('PAPER')).toEqual(['b']);
    first.give(decided());
    await run;
    expect([sent('PAPER'), groups.waiting()]).toEqual([['b', 'a'], 0]);
  });

  it('never lets one mode wait for the answer of the other', async () => {
    const { queue, sent, handover, wallets, ports } = setUp();
    wallets.LIVE.answer = () => new Promise(() => {});
    queue('LIVE', 'a');
    queue('PAPER', 'a');
    void handover.run();
    await ports.advance(10);
    expect([sent('LIVE'), sent('PAPER')]).toEqual([['a'], ['a']]);
  });

  it('gives live a head start of five milliseconds, and none when live has nothing', async () => {
    const { queue, sent, handover, ports } = setUp();
    queue('PAPER', 'a');
    await handover.run();
    expect(sent('PAPER')).toEqual(['a']);
    queue('LIVE', 'b');
    queue('PAPER', 'b');
    const run = handover.run();
    await ports.advance(4);
    expect([sent('LIVE'), sent('PAPER')]).toEqual([['b'], ['a']]);
    await ports.advance(1);
    await run;
    expect(sent('PAPER')).toEqual(['a', 'b']);
  });

  it('takes along what is queued while it runs, in one run', async () => {
    const { queue, sent, handover, wallets, ports } = setUp();
    const first = later();
    wallets.PAPER.answer = () => first.answer;
    queue('PAPER', 'a');
    const run = handover.run();
    await ports.settle();
    queue('PAPER', 'b');
    const second = handover.run();
    await ports.settle();
    expect(sent('PAPER')).toEqual(['a']);
    first.give(decided());
    await Promise.all([run, second]);
    expect(sent('PAPER')).toEqual(['a', 'b']);
  });

  it('hands over a thousand in one run, and asks for another at once for the rest', async () => {
    const { queue, handover, wallets, groups, ports, dueMs } = setUp();
    queue('PAPER', ...Array.from({ length: 1_001 }, (_, index) => `many ${index}`));
    await handover.run();
    expect([wallets.PAPER.requests.length, groups.waiting()]).toEqual([1_000, 1]);
    expect(dueMs('dispatch')).toBe(START_MS);
    ports.clearDue();
    await handover.run();
    expect([groups.waiting(), dueMs('dispatch')]).toEqual([0, undefined]);
  });

  it('starts anew for what is queued after a run has ended', async () => {
    const { queue, sent, handover } = setUp();
    queue('PAPER', 'a');
    await handover.run();
    queue('PAPER', 'b');
    await handover.run();
    expect(sent('PAPER')).toEqual(['a', 'b']);
  });
});

describe('a Wallet that does not answer', () => {
  it('keeps its intents waiting in order, and is called again in a second', async () => {
    const { queue, sent, handover, wallets, warnings, dueMs, groups } = setUp();
    wallets.PAPER.answer = async () => {
      throw new Error('it restarts');
    };
    queue('PAPER', 'a', 'b');
    await handover.run();
    expect([sent('PAPER'), groups.waiting(), dueMs('dispatch')]).toEqual([['a'], 2, START_MS + 1_000]);
    expect(warnings()).toEqual([['warn', 'a Wallet did not answer; the intent waits', 'PAPER']]);
    wallets.PAPER.answer = async () => decided();
    await handover.run();
    expect(sent('PAPER')).toEqual(['a', 'a', 'b']);
    expect(wallets.PAPER.requests[0]?.intent.idempotencyKey).toBe(
      wallets.PAPER.requests[1]?.intent.idempotencyKey,
    );
  });

  it('is given up after twenty seconds, and an answer that comes later changes nothing', async () => {
    const { queue, handover, wallets, ports, groups, warnings } = setUp();
    const late = later();
    wallets.PAPER.answer = () => late.answer;
    queue('PAPER', 'a');
    const run = handover.run();
    await ports.settle();
    await ports.advance(19_999);
    expect(warnings()).toEqual([]);
    await ports.advance(1);
    await run;
    expect(warnings()).toHaveLength(1);
    late.give(decided(3_000_000n));
    await ports.settle();
    expect(groups.waiting()).toBe(1);
  });

  it('does not hold up the other mode', async () => {
    const { queue, sent, handover, wallets, ports } = setUp();
    wallets.LIVE.answer = async () => {
      throw new Error('it restarts');
    };
    queue('LIVE', 'a');
    queue('PAPER', 'a');
    const run = handover.run();
    await ports.advance(5);
    await run;
    expect(sent('PAPER')).toEqual(['a']);
  });
});

describe('an answer', () => {
  it('and what it changes are kept together or not at all', async () => {
    const { queue, handover, wallets, ports, modes, groups } = setUp();
    wallets.PAPER.answer = async () => decided(3_000_000n);
    queue('PAPER', 'a');
    ports.refusesStatement = (query) => query.startsWith('INSERT OR IGNORE INTO carry');
    await handover.run();
    expect([groups.waiting(), modes.PAPER.carries.balance(TOKEN)]).toEqual([1, 0n]);
    ports.refusesStatement = undefined;
    await handover.run();
    expect([groups.waiting(), modes.PAPER.carries.balance(TOKEN)]).toEqual([0, 3_000_000n]);
  });

  it('to the same intent again, after its memberships were forgotten, has the same key and carries nothing twice', async () => {
    const { queue, handover, wallets, ports, modes, groups } = setUp();
    wallets.PAPER.answer = async () => decided(3_000_000n);
    queue('PAPER', 'a');
    await handover.run();
    groups.prune(START_MS + KEPT_MS + 1);
    queue('PAPER', 'a');
    await handover.run();
    const keys = wallets.PAPER.requests.map((request) => request.intent.idempotencyKey);
    expect(new Set(keys).size).toBe(1);
    expect([keys.length, modes.PAPER.carries.balance(TOKEN), ports.outboxed()]).toEqual([2, 3_000_000n, []]);
  });
});

describe('a start without a timer', () => {
  it('leaves the job due in a second, so that a crash on the way is no loss', async () => {
    const { queue, sent, handover, ports, dueMs } = setUp();
    queue('PAPER', 'a');
    handover.start();
    expect(dueMs('dispatch')).toBe(START_MS + 1_000);
    await ports.settle();
    expect(sent('PAPER')).toEqual(['a']);
  });

  it('reports what broke, does not throw, and goes on when it works again', async () => {
    const { queue, sent, handover, ports } = setUp();
    queue('PAPER', 'a');
    ports.refusesStatement = (query) => query.startsWith('SELECT id, body FROM dispatch');
    handover.start();
    await ports.settle();
    expect(ports.logs).toMatchObject([
      { level: 'error', message: 'intents could not be handed over; they wait' },
    ]);
    ports.refusesStatement = undefined;
    await handover.run();
    expect(sent('PAPER')).toEqual(['a']);
  });
});
