/** What a Wallet reaches outside of itself, as the runtime or a test provides it. */
import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import type { Topic } from '../../domain/records/topics.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { AnswerTimes } from '../../domain/settings/paper-wait.ts';
import type { FeedPort } from '../rpc.ts';
import type { LiveDeps } from './live/account/live-deps.ts';

export interface WalletDeps {
  readonly mode: TradingMode;
  readonly feed: FeedPort;
  /** The operator's own addresses, of which nothing is copied (A53). */
  readonly own: readonly LeaderAddress[];
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
  /** To open pages: what has changed in D1. */
  readonly publishTopics: (topics: readonly Topic[]) => void;
  /** What live execution needs; null on the paper Wallet. */
  readonly live: LiveDeps | null;
  /** How long the live Wallet's orders take; only the paper Wallet asks, never for a decision. */
  readonly answerTimes: () => Promise<AnswerTimes | null>;
}
