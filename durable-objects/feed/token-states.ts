/** What the held tokens of a Wallet are worth: the parts of their marks, whether their market has ended, and their payouts. */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import type { TokenState } from '../rpc.ts';
import type { LiveBooks } from './live-books.ts';
import type { MarketFactsStore } from './market-facts.ts';
import type { Resolutions } from './resolutions.ts';

export interface HeldToken {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
}

export class TokenStates {
  constructor(
    private readonly books: LiveBooks,
    private readonly facts: MarketFactsStore,
    private readonly resolutions: Resolutions,
  ) {}

  /** The states in the order of the tokens, whose books are kept live from now on. */
  async of(tokens: readonly HeldToken[]): Promise<readonly TokenState[]> {
    this.books.want(tokens.map((token) => token.tokenId));
    const conditions = [...new Set(tokens.map((token) => token.conditionId))];
    const open = tokens.filter(({ conditionId }) => !this.facts.isResolved(conditionId));
    // Books first: one that is gone says that its market may have ended.
    await Promise.all([
      this.facts.ensureNamed(conditions),
      this.books.refresh(open.map((token) => token.tokenId)),
    ]);
    const states = new Map<TokenId, TokenState>();
    for (const { tokenId, conditionId } of tokens) {
      const { top, lastTrade } = this.facts.isResolved(conditionId) ? NO_PRICE : this.books.priceOf(tokenId);
      states.set(tokenId, { tokenId, top, lastTrade, ended: false, payoutPriceMicros: null });
    }
    await this.resolutions.askHeld(conditions);
    return tokens.flatMap(({ tokenId, conditionId }) => {
      const state = states.get(tokenId);
      const payoutPriceMicros = this.facts.payoutOf(tokenId, conditionId);
      const ended = payoutPriceMicros === null && this.facts.hasEnded(conditionId);
      return state === undefined ? [] : [{ ...state, ended, payoutPriceMicros }];
    });
  }
}

const NO_PRICE = { top: null, lastTrade: null } as const;
