/** What may have changed on the pages, as one closed list: LeaderFeed tells it to open pages, which then fetch their parts anew. */

export const TOPICS = [
  /** A leader's fill was recorded. */
  'trades',
  /** An attempt, a position or the worth of the paper Wallet. */
  'paper',
  /** An attempt, an order, a fill, a position or the worth of the live Wallet. */
  'live',
  /** A switch, as one of the Wallets now enforces it. */
  'switches',
] as const;
export type Topic = (typeof TOPICS)[number];
