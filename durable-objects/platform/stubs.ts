/**
 * Every stub of an object comes from here. An object is created near whoever calls it first, and never moves: the hint of the
 * deploy decides in place of that caller, who may be a cron anywhere (cloudflare-platform.md 0b).
 */
import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import type { Fetch } from '../../polymarket/wire/http.ts';
import type { ObjectEnv } from '../env.ts';
import { FEED_NAME, type FollowedUserRpc, type LeaderFeedRpc, WALLET_NAMES, type WalletRpc } from '../rpc.ts';

/** The regions that Cloudflare takes as a hint for an object. */
export const LOCATION_HINTS = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'oc',
  'afr',
  'me',
] as const satisfies readonly DurableObjectLocationHint[];

/** The one LeaderFeed. */
export function feedStub(env: ObjectEnv): DurableObjectStub<LeaderFeedRpc> {
  return env.LEADER_FEED.getByName(FEED_NAME, near(env));
}

/** Of requests that LeaderFeed answers itself; any other is a public read of the venue, which it sends on. */
export const FEED_ORIGIN = 'https://feed';

/** Public reads of the venue within the one budget for them, which LeaderFeed keeps. */
export function feedFetch(env: ObjectEnv): Fetch {
  return (input, init) => feedStub(env).fetch(input, init);
}

/** The Wallet of the mode. */
export function walletStub(env: ObjectEnv, mode: TradingMode): DurableObjectStub<WalletRpc> {
  return env.WALLET.getByName(WALLET_NAMES[mode], near(env));
}

/** The FollowedUser of the leader. */
export function userStub(env: ObjectEnv, leader: LeaderAddress): DurableObjectStub<FollowedUserRpc> {
  return env.FOLLOWED_USER.getByName(leader, near(env));
}

/** Without a hint, or with one that Cloudflare does not know, the first caller decides: an object elsewhere is better than none. */
function near({ LOCATION_HINT: hint }: ObjectEnv): DurableObjectNamespaceGetDurableObjectOptions {
  const locationHint = LOCATION_HINTS.find((known) => known === hint);
  return locationHint === undefined ? {} : { locationHint };
}
