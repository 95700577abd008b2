/** Who is watched, by the control document and by what the Wallets hold, and who has taken the document. */
import { describe, expect, it } from 'vitest';
import { type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import type { Control, FollowedUserControl } from '../../../domain/settings/control.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { FollowedLeaders } from '../../../durable-objects/feed/followed-leaders.ts';
import { controlWith } from '../follower/follower-parts.ts';
import { START_MS } from '../memory-ports.ts';
import { feedParts, ScriptedUser } from './feed-parts.ts';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => parseLeaderAddress(`0x${digit.repeat(40)}`)) as [
  LeaderAddress,
  LeaderAddress,
  LeaderAddress,
];
function control(version: number, ...users: Partial<FollowedUserControl>[]): Control {
  const base = controlWith({ version });
  return { ...base, followedUsers: users.map((user) => ({ ...base.followedUsers[0]!, ...user })) };
}

function setUp() {
  const parts = feedParts();
  const users = new Map([A, B, C].map((address) => [address, new ScriptedUser()]));
  const held: { PAPER: () => LeaderAddress[]; LIVE: () => LeaderAddress[] } = {
    PAPER: () => [],
    LIVE: () => [],
  };
  const asked = { held: 0 };
  /** The versions that each Wallet has taken. */
  const taken: Record<'PAPER' | 'LIVE', number[]> = { PAPER: [], LIVE: [] };
  const wallet = (mode: 'PAPER' | 'LIVE') => ({
    heldLeaders: async () => {
      asked.held += 1;
      return held[mode]();
    },
    applyControl: async ({ version }: Control) => void taken[mode].push(version),
  });
  const wallets = { PAPER: wallet('PAPER'), LIVE: wallet('LIVE') };
  const leaders = new FollowedLeaders(parts.ports, parts.watch, wallets, (address) => users.get(address)!);
  const watched = () => parts.watch.list().map((leader) => leader.address);
  const boundOf = (address: LeaderAddress) =>
    parts.watch.list().find((leader) => leader.address === address)?.boundMs;
  return { ...parts, leaders, users, held, asked, taken, watched, boundOf };
}

describe('a leader of the control document', () => {
  it('is watched while followed on paper, or live by force; not when removed', async () => {
    const { leaders, watched } = setUp();
    const of = async (user: Partial<FollowedUserControl>) => {
      await leaders.update(control(1, { leaderAddress: A, ...user }));
      return watched().length === 1;
    };
    expect(await of({})).toBe(true);
    expect(await of({ paperEnabled: false })).toBe(false);
    expect(await of({ paperEnabled: false, liveOverride: 'FORCE_ON' })).toBe(true);
    expect(await of({ removed: true, liveOverride: 'FORCE_ON' })).toBe(false);
  });

  it('is watched from fifteen minutes before the follow', async () => {
    const { leaders, boundOf } = setUp();
    await leaders.update(control(1, { leaderAddress: A, followFromMs: START_MS - MINUTE_MS }));
    expect(boundOf(A)).toBe(START_MS - 16 * MINUTE_MS);
  });
});

describe('a leader whose shares a Wallet holds', () => {
  it('stays watched without being followed, from a quarter of an hour ago', async () => {
    const { leaders, held, watched, boundOf } = setUp();
    held.PAPER = () => [A];
    held.LIVE = () => [B, A];
    await leaders.update(control(1, { leaderAddress: C }));
    expect(watched()).toEqual([C, A, B]);
    expect(boundOf(A)).toBe(START_MS - 15 * MINUTE_MS);
    held.LIVE = () => [];
    await leaders.update(control(1));
    expect(watched()).toEqual([A]);
  });

  it('is not dropped while a Wallet does not answer, nor is anyone', async () => {
    const { leaders, held, watched, ports } = setUp();
    await leaders.update(control(1, { leaderAddress: A }));
    held.LIVE = () => {
      throw new Error('it restarts');
    };
    await leaders.update(control(2, { leaderAddress: B }));
    expect(watched()).toEqual([A, B]);
    expect(ports.logs).toMatchObject([
      { level: 'warn', message: 'a Wallet did not report whose shares it holds' },
    ]);
  });
});

describe('a Wallet', () => {
  it('is asked every minute after a change of the document, and later every ten minutes: each question wakes it', async () => {
    const { leaders, ports, asked } = setUp();
    const pass = async (minutes: number): Promise<number> => {
      asked.held = 0;
      for (let minute = 0; minute < minutes; minute += 1) {
        await leaders.update(control(1, { leaderAddress: A }));
        ports.atMs += MINUTE_MS;
      }
      return asked.held / 2;
    };
    expect(await pass(15)).toBe(15);
    expect(await pass(60)).toBe(6);
  });

  it('is asked again at the next minute when it did not answer', async () => {
    const { leaders, ports, asked, held } = setUp();
    await leaders.update(control(1));
    ports.atMs += 30 * MINUTE_MS;
    held.LIVE = () => {
      throw new Error('it restarts');
    };
    await leaders.update(control(1));
    asked.held = 0;
    ports.atMs += MINUTE_MS;
    await leaders.update(control(1));
    expect(asked.held).toBe(2);
  });

  it('is handed each new document once, so that it need not read D1 while it sleeps', async () => {
    const { leaders, taken } = setUp();
    for (const version of [1, 1, 2]) await leaders.push(control(version));
    expect(taken).toEqual({ PAPER: [1, 2], LIVE: [1, 2] });
  });
});

describe('a new document', () => {
  it('adds at once whom it follows, and drops none', () => {
    const { leaders, watched } = setUp();
    leaders.add(control(1, { leaderAddress: A }));
    leaders.add(control(2, { leaderAddress: B }));
    expect(watched()).toEqual([A, B]);
  });

  it('is handed once to every watched FollowedUser', async () => {
    const { leaders, users } = setUp();
    const first = control(1, { leaderAddress: A }, { leaderAddress: B });
    leaders.add(first);
    await leaders.push(first);
    await leaders.push(first);
    expect([users.get(A)?.controls, users.get(B)?.controls, users.get(C)?.controls]).toEqual([
      [first],
      [first],
      [],
    ]);
    const second = control(2, { leaderAddress: A });
    await leaders.push(second);
    expect(users.get(A)?.controls).toEqual([first, second]);
  });

  it('is handed again to one that did not take it; the others are not held up', async () => {
    const { leaders, users, ports } = setUp();
    const document = control(1, { leaderAddress: A }, { leaderAddress: B });
    leaders.add(document);
    users.get(A)!.fails = () => true;
    await leaders.push(document);
    expect([users.get(A)?.controls.length, users.get(B)?.controls.length]).toEqual([0, 1]);
    expect(ports.logs).toMatchObject([{ message: 'an object did not take the control document' }]);
    users.get(A)!.fails = () => false;
    await leaders.push(document);
    expect([users.get(A)?.controls.length, users.get(B)?.controls.length]).toEqual([1, 1]);
  });

  it('is handed to the others when one never answers, after ten seconds', async () => {
    const { leaders, users, ports } = setUp();
    const document = control(1, { leaderAddress: A }, { leaderAddress: B });
    leaders.add(document);
    users.get(A)!.beforeAnswer = () => new Promise(() => {});
    const pushed = leaders.push(document);
    await ports.settle();
    await ports.advance(9_999);
    expect(users.get(B)?.controls).toEqual([]);
    await ports.advance(1);
    await pushed;
    expect(users.get(B)?.controls).toEqual([document]);
  });
});
