/** The operator's own sale of a leader's position, as an intent like any other (design.md 5). */
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import { groupKey, idempotencyKey } from '../../domain/ids.ts';
import { formatMicros, notionalFloor } from '../../domain/money.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { CloseCommand, CloseRefusal, FeedPort, Quote } from '../rpc.ts';
import { askQuote } from './intent-quotes.ts';
import type { PortfolioStore } from './portfolio-store.ts';

type Closing = { readonly kind: 'intent'; readonly intent: CopyIntent; readonly quote: Quote } | CloseRefusal;

/** The keys of a close, from its command id: the same command never sells twice. */
export function closeKeys(command: CloseCommand): Pick<CopyIntent, 'groupKey' | 'idempotencyKey'> {
  const { leaderAddress, tokenId } = command;
  const key = groupKey([`close:${command.commandId}`]);
  return {
    groupKey: key,
    idempotencyKey: idempotencyKey({ leaderAddress, tokenId, side: 'SELL', groupKey: key }),
  };
}

/**
 * The shares named, or all of the position, at the current best bid; the slippage cap limits how far below it the sale may go.
 * Refused without a position or a bid, for more shares than are held, and below the bid that the command names.
 */
export async function closing(
  command: CloseCommand,
  {
    book,
    feed,
    ports,
  }: { readonly book: PortfolioStore; readonly feed: FeedPort; readonly ports: ObjectPorts },
): Promise<Closing> {
  const { leaderAddress, tokenId } = command;
  const position = book.position(leaderAddress, tokenId);
  if (position === undefined || position.shareMicros <= 0n)
    return { kind: 'refused', about: 'other', reason: 'there is no such position' };
  const { conditionId } = position;
  const shareMicros = command.shareMicros ?? position.shareMicros;
  if (shareMicros <= 0n || shareMicros > position.shareMicros)
    return {
      kind: 'refused',
      about: 'shares',
      reason: `only ${formatMicros(position.shareMicros)} are held`,
    };
  const quote = await askQuote(ports, feed, { tokenId, conditionId });
  if (quote === undefined)
    return { kind: 'refused', about: 'price', reason: 'the price could not be read: try again' };
  const best = quote.book?.bids[0]?.priceMicros;
  if (best === undefined)
    return { kind: 'refused', about: 'price', reason: 'there is no bid for these shares now' };
  if (best < (command.bidPriceMicrosMin ?? 0n))
    return { kind: 'refused', about: 'price', reason: `the best bid has fallen to $${formatMicros(best)}` };
  const nowMs = ports.nowMs();
  const notional = notionalFloor(shareMicros, best);
  const intent: CopyIntent = {
    ...closeKeys(command),
    leaderAddress,
    tokenId,
    conditionId,
    side: 'SELL',
    sourceType: 'CLOSE',
    fillCount: 0,
    leaderNotionalMicros: notional,
    leaderShareMicros: shareMicros,
    referencePriceMicros: best,
    leaderEventAtMs: nowMs,
    detectedAtMs: nowMs,
    newest: null,
    ourNotionalMicros: null,
    leaderExposureMicros: null,
    leaderExited: shareMicros === position.shareMicros,
    exit: { kind: 'SHARES', shareMicros },
    exitOnly: false,
    waitedMs: 0,
    presetReason: null,
  };
  return { kind: 'intent', intent, quote };
}
