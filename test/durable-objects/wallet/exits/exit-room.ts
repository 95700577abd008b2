/** A Wallet that holds a hundred shares of one leader, whose exits a test sends and whose bids it sets. */
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import { groupKey, idempotencyKey, type TradingMode } from '../../../../domain/ids.ts';
import type { OwedExit } from '../../../../domain/portfolio/owed-exit.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import type { CopyRequest, Quote } from '../../../../durable-objects/rpc.ts';
import { at, type Change, LEADER, levels, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, held, marking, purchase } from '../stores.ts';
import { DONE, exampleQuote, turnRoom } from '../turn-room.ts';

export type ExitRoom = ReturnType<typeof exitRoom>;

/** `hold`: how many shares, as decimal text. */
export function exitRoom(mode: TradingMode = 'PAPER', settings: Partial<ModeSettings> = {}, hold = '100') {
  const room = turnRoom(mode, { settings: { exitSizing: 'MIRROR_FRACTION', ...settings } });
  const { ports, book, turn, owed, feed } = room;
  const moved = { shareDeltaMicros: sh(hold), cashDeltaMicros: usd('-50') };
  book.bookEntry(purchase({ mode, ...moved }), held(hold, '50'));
  book.mark(TOKEN, marking(at('0.49'), ports.nowMs()));
  ports.clearOutbox();
  const world = { bids: '0.49x1000' };
  /** The book of this moment with the test's bids. */
  const quote = (change: Change = {}): Quote => {
    const now = { asOfMs: ports.nowMs(), bids: levels(world.bids) };
    return exampleQuote({ ...change, book: change.book === null ? null : { ...now, ...change.book } });
  };
  feed.answers = async () => quote();
  const keysOf = (name: string, side: CopyIntent['side']) => {
    const key = groupKey([name]);
    return {
      groupKey: key,
      idempotencyKey: idempotencyKey({ leaderAddress: LEADER, tokenId: TOKEN, side, groupKey: key }),
    };
  };
  /** The leader sells half of what they hold, unless the test says otherwise. */
  const exitRequest = (name: string, part: Partial<CopyIntent> = {}, change: Change = {}): CopyRequest => ({
    intent: exampleIntent({
      ...keysOf(name, 'SELL'),
      side: 'SELL',
      exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('2') },
      leaderEventAtMs: ports.nowMs() - 500,
      detectedAtMs: ports.nowMs(),
      ...part,
    }),
    members: [],
    quote: quote(change),
  });
  return {
    ...room,
    DONE,
    world,
    quote,
    keysOf,
    exitRequest,
    exit: (...given: Parameters<typeof exitRequest>) => turn.copy(exitRequest(...given)),
    buy: (name: string, part: Partial<CopyIntent> = {}) =>
      turn.copy({
        members: [],
        intent: exampleIntent({
          ...keysOf(name, 'BUY'),
          leaderEventAtMs: ports.nowMs() - 500,
          detectedAtMs: ports.nowMs(),
          ...part,
        }),
        quote: quote(),
      }),
    row: (): OwedExit | undefined => owed.get(LEADER, TOKEN),
    shares: () => book.position(LEADER, TOKEN)?.shareMicros,
    /** Decision and reasons of each attempt's row. */
    attemptRows: () =>
      ports.outboxedOf('attempt').map((one) => [one.sourceType, one.decision, ...one.reasons]),
    /** What an exit of half that finds no bid leaves: fifty shares, owed. */
    async oweHalf(name = 'first'): Promise<OwedExit> {
      const { bids } = world;
      world.bids = '';
      await turn.copy(exitRequest(name));
      world.bids = bids;
      ports.clearOutbox();
      return owed.get(LEADER, TOKEN)!;
    },
  };
}
