/** What a Wallet is sent for a queued group: the intent with the facts of this moment, and the last known quote. */
import { assert } from '../../domain/assert.ts';
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import { idempotencyKey, type TokenId, type TradingMode } from '../../domain/ids.ts';
import type { ShareMicros } from '../../domain/money.ts';
import { paperFollowState } from '../../domain/settings/control.ts';
import type { CopyRequest, Quote } from '../rpc.ts';
import type { Dispatch } from './groups.ts';
import type { LeaderControl } from './leader-control.ts';
import type { LeaderHoldings } from './leader-holdings.ts';

/** Tokens of which the last quote is kept; the one reported longest ago goes first. */
const QUOTES_KEPT_MAX = 100;

export class CopyRequests {
  /** Of each token, as last reported. None after a restart: the Wallet reads the book itself then. */
  private readonly quotes = new Map<string, Quote>();

  constructor(
    private readonly control: LeaderControl,
    private readonly holdings: LeaderHoldings,
  ) {}

  keepQuotes(quotes: Readonly<Record<string, Quote>>): void {
    for (const [token, quote] of Object.entries(quotes)) {
      this.quotes.delete(token);
      this.quotes.set(token, quote);
    }
    for (const token of this.quotes.keys()) {
      if (this.quotes.size <= QUOTES_KEPT_MAX) break;
      this.quotes.delete(token);
    }
  }

  /** The token's smallest order at the venue; null while no quote of it is known. */
  orderShareMicrosMin(token: TokenId): ShareMicros | null {
    return this.quotes.get(token)?.market?.orderShareMicrosMin ?? null;
  }

  requestOf(mode: TradingMode, dispatch: Dispatch): CopyRequest {
    const quote = this.quotes.get(dispatch.group.tokenId) ?? { book: null, market: null };
    const members = (dispatch.group.parts ?? []).map(({ id, fromShareMicros, shareMicros }) => ({
      id,
      fromShareMicros,
      shareMicros,
    }));
    return { intent: this.intentOf(mode, dispatch), members, quote };
  }

  private intentOf(mode: TradingMode, dispatch: Dispatch): CopyIntent {
    const { group } = dispatch;
    const { leaderAddress } = this.control;
    const user = this.control.user();
    assert(user !== undefined, 'an intent of a leader who is not in the control document');
    return {
      leaderAddress,
      tokenId: group.tokenId,
      conditionId: group.conditionId,
      side: group.side,
      sourceType: dispatch.sourceType,
      groupKey: group.groupKey,
      idempotencyKey: idempotencyKey({ ...group, leaderAddress }),
      fillCount: group.fillCount,
      leaderNotionalMicros: group.notionalMicros,
      leaderShareMicros: group.shareMicros,
      referencePriceMicros: group.referencePriceMicros,
      leaderEventAtMs: group.eventAtMs,
      detectedAtMs: group.detectedAtMs,
      newest: group.newest ?? null,
      ourNotionalMicros: dispatch.ourNotionalMicros,
      leaderExposureMicros: this.holdings.exposureFor(this.control.settings(mode)),
      leaderExited: dispatch.leaderExited,
      exit: dispatch.exit ?? null,
      exitOnly: mode === 'PAPER' ? paperFollowState(user) === 'EXIT_ONLY' : user.removed,
      waitedMs: 0,
      presetReason: dispatch.presetReason,
    };
  }
}
