/** What the held tokens of a Wallet are worth: the parts of their marks, whether their market has ended, and their payouts. */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import type { TokenState } from '../rpc.ts';
import type { LiveBooks } from './live-books.ts';
import type { MarketFactsStore } from './market-facts.ts';
import type { Resolutions } from './resolutions.ts';

/** Reads of one kind that run at once: many held tokens in quiet markets are read by REST. */
const READS_AT_ONCE = 4;

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
    await inTurns(conditions, (condition) => this.facts.ensure(condition));
    const states = new Map<TokenId, TokenState>();
    // Books first: one that is gone says that its market may have ended.
    await inTurns(tokens, async ({ tokenId, conditionId }) => {
      const resolved = this.facts.isResolved(conditionId);
      const { top, lastTrade } = resolved ? NO_PRICE : await this.books.priceOf(tokenId);
      states.set(tokenId, { tokenId, top, lastTrade, ended: false, payoutPriceMicros: null });
    });
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

/** Runs the work for all, a few at once. */
async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
}
