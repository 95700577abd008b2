/** What an intent is decided with: its leader's settings, and a book that is young enough for them. */
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import type { IntentMember } from '../../domain/decide/members.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { withinTime } from '../platform/time-limit.ts';
import type { CopyRequest, FeedPort, Quote, QuoteRequest } from '../rpc.ts';
import type { WalletSwitches } from './switches.ts';
import type { WalletSettings } from './wallet-settings.ts';

/** An intent on its way to a decision. */
export interface Deciding {
  readonly intent: CopyIntent;
  /** As in the request; of one that waited none, since they were noted when it began to. */
  readonly members: readonly IntentMember[];
  readonly quote: Quote;
  readonly settings: ModeSettings;
  /** An intent that waited and is decided again. */
  readonly waited: boolean;
  /** Since when, where `waitedMs` of the intent does not say it. */
  readonly waitedSinceMs?: number;
}

/** A book that took longer to come is of no use to a copy, and a decision that waits holds up what comes after it. */
const QUOTE_MS_MAX = 5 * SECOND_MS;

const NO_QUOTE: Quote = { book: null, market: null };

export class IntentQuotes {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly feed: FeedPort,
    private readonly settings: WalletSettings,
    private readonly switches: WalletSwitches,
  ) {}

  settingsOf(intent: CopyIntent): ModeSettings {
    return this.settings.of(intent.leaderAddress);
  }

  /** A new intent with the quote that came with it, or a fresh one where that is too old. */
  async first({ intent, members, quote }: CopyRequest): Promise<Deciding> {
    const settings = this.settings.of(intent.leaderAddress);
    const fresh = await this.freshEnough(intent, quote, settings);
    return { intent, members, settings, quote: fresh, waited: false };
  }

  /** An intent that waited, with the quote given, or a fresh one where that is too old. */
  async again(intent: CopyIntent, quote: Quote = NO_QUOTE, waitedSinceMs?: number): Promise<Deciding> {
    const own = this.settings.of(intent.leaderAddress);
    const fresh = await this.freshEnough(intent, quote, own);
    // The FollowedUser has its answer: it would not receive shares that are to be carried after all.
    const settings: ModeSettings = intent.side === 'BUY' ? { ...own, belowMinPolicy: 'SKIP' } : own;
    const since = waitedSinceMs === undefined ? {} : { waitedSinceMs };
    return { intent, members: [], settings, quote: fresh, waited: true, ...since };
  }

  /** The given quote when it is young enough or nothing will be placed; the given one too when the feed does not answer. */
  private async freshEnough(intent: CopyIntent, quote: Quote, settings: ModeSettings): Promise<Quote> {
    if (this.switches.effective(intent.leaderAddress).state === 'OFF' || intent.presetReason !== null)
      return quote;
    const ageMs = quote.book === null ? Number.POSITIVE_INFINITY : this.ports.nowMs() - quote.book.asOfMs;
    if (quote.market !== null && ageMs <= settings.bookAgeMsMax) return quote;
    const { tokenId, conditionId } = intent;
    return (await askQuote(this.ports, this.feed, { tokenId, conditionId })) ?? quote;
  }
}

/** A fresh quote of the feed; undefined, and logged, when none came in time. */
export async function askQuote(
  ports: ObjectPorts,
  feed: FeedPort,
  request: QuoteRequest,
): Promise<Quote | undefined> {
  try {
    return await withinTime(ports.timers, { ms: QUOTE_MS_MAX, what: 'LeaderFeed' }, feed.freshQuote(request));
  } catch (error) {
    ports.log('warn', 'no fresh book from the feed', { token: request.tokenId, reason: reasonOf(error) });
    return undefined;
  }
}
