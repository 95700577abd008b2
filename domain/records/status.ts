/** What an object tells the Status page: named facts and lists, plain data that crosses RPC. */

export interface ObjectStatus {
  readonly title: string;
  readonly healthy: boolean;
  /** Named numbers and words; times end in Ms and are epoch milliseconds. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  /** Named lists of lines for a person, newest first. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}
export type FeedStatus = ObjectStatus;
export type WalletStatus = ObjectStatus;
export type UserStatus = ObjectStatus;

/** A Wallet's worth this moment. Equity is null while a held position has no mark. */
export interface WalletPortfolio {
  readonly atMs: number;
  readonly cashMicros: bigint;
  readonly equityMicros: bigint | null;
  readonly exposureMicros: bigint;
  readonly realisedMicros: bigint;
  readonly unrealisedMicros: bigint;
  readonly flowMicros: bigint;
  readonly positions: readonly {
    readonly leaderAddress: string;
    readonly tokenId: string;
    readonly markPriceMicros: bigint | null;
    readonly markedAtMs: number;
  }[];
}
