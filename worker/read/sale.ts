/** What the page of a sale by hand shows: the position as its Wallet holds it, and the bids of now. */
import type { LeaderAddress, TokenId, TradingMode } from '../../domain/ids.ts';
import { levelsWithin, notionalOf, walk } from '../../domain/market/book.ts';
import { formatMicros, mulDivCeil, parseMicros, price, shares } from '../../domain/money.ts';
import { isOpen } from '../../domain/portfolio/owed-exit.ts';
import type { Control } from '../../domain/settings/control.ts';
import { settingsFor } from '../../domain/settings/settings.ts';
import type { PricesView, SaleView } from '../../views/exits/sale.tsx';
import type { Env } from '../env.ts';
import { glance } from './glance.ts';
import { frameOf, namesFor } from './page-data.ts';
import { walletPortfolio } from './status/object-status.ts';

const WHOLE_BPS = 10_000n;

export interface SaleRequest {
  readonly mode: TradingMode;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  /** Decimal shares, as typed or linked; undefined for all. */
  readonly shares: string | undefined;
  readonly nowMs: number;
}

/** The sale of one position, without its form. What the Wallet or the feed does not say is not known, and shown so. */
export async function saleView(
  env: Env,
  control: Control,
  request: SaleRequest,
): Promise<Omit<SaleView, 'form' | 'commandId'>> {
  const { mode, leaderAddress, tokenId, nowMs } = request;
  const [now, books] = await Promise.all([walletPortfolio(env, mode), glance(env, [tokenId], true)]);
  const isThis = (one: { readonly leaderAddress: string; readonly tokenId: string }) =>
    one.leaderAddress === leaderAddress && one.tokenId === tokenId;
  const position = now?.positions.find(isThis);
  const heldShareMicros = now === undefined ? undefined : (position?.shareMicros ?? shares(0n));
  const text = request.shares ?? formatMicros(heldShareMicros ?? 0n);
  return {
    frame: frameOf(control, nowMs),
    mode,
    leaderAddress,
    tokenId,
    conditionId: position?.conditionId ?? '',
    heldShareMicros,
    owed: now?.owedExits.find((row) => isThis(row) && isOpen(row)),
    shares: text,
    prices: pricesOf(books.get(tokenId) ?? null, { text, bps: slippageBps(control, request) }),
    names: await namesFor(env, control, [{ tokenId }]),
  };
}

/** How far below the best bid a sale may go, as its decision allows. */
function slippageBps(control: Control, { mode, leaderAddress }: SaleRequest): bigint {
  const user = control.followedUsers.find((one) => one.leaderAddress === leaderAddress);
  return BigInt(settingsFor(control.settings[mode], user?.overrides[mode]).slippageBpsSell);
}

/** The best bid and what the bids within the slippage would take; undefined where nobody bids or no book is known. */
function pricesOf(
  book: Parameters<typeof levelsWithin>[0] | null,
  { text, bps }: { readonly text: string; readonly bps: bigint },
): PricesView | undefined {
  const bid = book?.bids[0]?.priceMicros;
  if (book === null || bid === undefined) return undefined;
  const bidMin = price(mulDivCeil(bid, WHOLE_BPS - bps, WHOLE_BPS));
  const taken = walk(levelsWithin(book, 'SELL', bidMin), shares(parseMicros(text.trim()) ?? 0n));
  return {
    bidPriceMicros: bid,
    bidPriceMicrosMin: bidMin,
    asOfMs: book.asOfMs,
    takenShareMicros: shares(taken.reduce((sum, level) => sum + level.shareMicros, 0n)),
    takenCashMicros: notionalOf(taken),
  };
}
