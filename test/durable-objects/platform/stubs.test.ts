import { expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import type { ObjectEnv } from '../../../durable-objects/env.ts';
import { feedStub, userStub, walletStub } from '../../../durable-objects/platform/stubs.ts';

const leader = parseLeaderAddress(`0x${'a'.repeat(40)}`)!;

/** Each creation: the class, the name and where. */
function created(hint: string | undefined): unknown[] {
  const all: unknown[] = [];
  const namespace = (kind: string) => ({
    getByName: (name: string, where: unknown) => void all.push([kind, name, where]),
  });
  const env = {
    LEADER_FEED: namespace('feed'),
    WALLET: namespace('wallet'),
    FOLLOWED_USER: namespace('user'),
    LOCATION_HINT: hint,
  } as unknown as ObjectEnv; // only what the stubs are made from
  feedStub(env);
  walletStub(env, 'PAPER');
  walletStub(env, 'LIVE');
  userStub(env, leader);
  return all;
}

it('every object is created where the deploy says, whoever calls it first', () => {
  const where = { locationHint: 'weur' };
  expect(created('weur')).toEqual([
    ['feed', 'feed', where],
    ['wallet', 'paper', where],
    ['wallet', 'live', where],
    ['user', leader, where],
  ]);
});

it.each([undefined, '', 'mars'])(
  'the platform decides where no region is set, or none that it knows: %s',
  (hint) => {
    expect(created(hint).map((one) => (one as unknown[])[2])).toEqual([{}, {}, {}, {}]);
  },
);
