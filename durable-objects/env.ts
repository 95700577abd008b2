/** The bindings that the objects use. The Worker's own Env adds those of its pages. */

import type { FollowedUserRpc, LeaderFeedRpc, WalletRpc } from './rpc.ts';

export interface ObjectEnv {
  readonly DB: D1Database;
  readonly LEADER_FEED: DurableObjectNamespace<LeaderFeedRpc>;
  readonly FOLLOWED_USER: DurableObjectNamespace<FollowedUserRpc>;
  readonly WALLET: DurableObjectNamespace<WalletRpc>;
  /** What Cloudflare says about the release that runs. */
  readonly RELEASE?: { readonly id: string };
  /** Where the objects are created, one of LOCATION_HINTS; the deploy asks for it. */
  readonly LOCATION_HINT?: string;
  readonly POLYMARKET_CLOB_URL: string;
  readonly POLYMARKET_CLOB_WS_URL: string;
  readonly POLYMARKET_RTDS_URL: string;
  readonly POLYMARKET_DATA_URL: string;
  readonly POLYMARKET_GAMMA_URL: string;
  readonly POLYMARKET_GEOBLOCK_URL: string;
  /** A relay to send orders to in place of the CLOB; it only forwards bytes (polymarket-api.md 8.3). */
  readonly POLYMARKET_ORDER_URL?: string;
  /** What the relay asks for (scripts/order-relay.mjs): a Worker secret. */
  readonly POLYMARKET_RELAY_TOKEN?: string;
  /** Worker secrets. Without all three no live order is placed. */
  readonly POLYMARKET_PRIVATE_KEY?: string;
  readonly POLYMARKET_FUNDER_ADDRESS?: string;
  readonly POLYMARKET_SIGNATURE_TYPE?: string;
}
