/** What the pages of markets show: exposure from D1, books from the feed's memory. Bounded reads only. */

import { parseConditionId, type TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { listAttempts } from '../../ledger/read/attempts.ts';
import { listFills } from '../../ledger/read/leader-fills.ts';
import { CONDITIONS_MAX, readMarkets, searchMarkets } from '../../ledger/read/markets.ts';
import { listOpenPositions, type OpenPosition } from '../../ledger/read/portfolio.ts';
import type { MarketPageView } from '../../views/pages/market.tsx';
import type { MarketLineView, MarketsView } from '../../views/pages/markets.tsx';
import { exposureOf } from '../../views/portfolio/positions.tsx';
import { stateOfMarket } from '../../views/tables/market-now.tsx';
import type { Env } from '../env.ts';
import { glance } from './glance.ts';
import { heldNow, type MarkedPosition } from './marks-now.ts';
import { frameOf, namesFor } from './page-data.ts';

const ROWS = 8;
const MODES = ['PAPER', 'LIVE'] as const satisfies readonly TradingMode[];

export interface MarketsRequest {
  readonly search: string;
  readonly state: string;
  readonly nowMs: number;
}

/** Markets that are held or blacklisted; with words, those that they mean. */
export async function marketsView(
  env: Env,
  control: Control,
  { search, state, nowMs }: MarketsRequest,
): Promise<Omit<MarketsView, 'form' | 'commandId'>> {
  const [paper, live] = await Promise.all([
    listOpenPositions(env.DB, 'PAPER'),
    listOpenPositions(env.DB, 'LIVE'),
  ]);
  const held = [...paper, ...live];
  const wanted = search === '' ? interesting(control, held) : await conditionsOf(env, search);
  const rows = await readMarkets(env.DB, wanted);
  const lines = wanted.slice(0, CONDITIONS_MAX).map((conditionId): Omit<MarketLineView, 'book'> => {
    const outcomes = rows.filter((row) => row.conditionId === conditionId);
    return {
      conditionId,
      outcomes,
      exposure: { PAPER: exposureIn(paper, conditionId), LIVE: exposureIn(live, conditionId) },
      positions: held.filter((one) => one.conditionId === conditionId).length,
      blacklisted: blacklistedIn(control, conditionId),
    };
  });
  const shown = lines.filter((line) => inState(line, state));
  const books = await glance(
    env,
    shown.flatMap((line) => line.outcomes[0]?.tokenId ?? []),
    false,
  );
  return {
    frame: frameOf(control, nowMs),
    markets: shown.map((line) => ({ ...line, book: books.get(line.outcomes[0]?.tokenId ?? '') ?? null })),
    search,
    state,
    cut: wanted.length > CONDITIONS_MAX,
  };
}

function inState(line: Omit<MarketLineView, 'book'>, state: string): boolean {
  if (state === '') return true;
  return state === 'BLACKLISTED' ? line.blacklisted.length > 0 : stateOfMarket(line.outcomes) === state;
}

/** Held ones by exposure, then the blacklisted ones. */
function interesting(control: Control, held: readonly OpenPosition[]): readonly string[] {
  const sums = new Map<string, bigint>();
  for (const one of held) sums.set(one.conditionId, (sums.get(one.conditionId) ?? 0n) + exposureOf(one));
  const byExposure = [...sums].sort(([, left], [, right]) => (left < right ? 1 : -1)).map(([id]) => id);
  const listed = MODES.flatMap((mode) => control.settings[mode].marketBlacklist);
  return [...new Set([...byExposure, ...listed])];
}

async function conditionsOf(env: Env, search: string): Promise<readonly string[]> {
  const condition = parseConditionId(search.toLowerCase());
  return condition === undefined ? searchMarkets(env.DB, search) : [condition];
}

function exposureIn(positions: readonly OpenPosition[], conditionId: string): bigint {
  return positions
    .filter((one) => one.conditionId === conditionId)
    .reduce((sum, one) => sum + exposureOf(one), 0n);
}

function blacklistedIn(control: Control, conditionId: string): readonly TradingMode[] {
  return MODES.filter((mode) => control.settings[mode].marketBlacklist.includes(conditionId));
}

/** One market; its books are fetched from the venue when the feed does not watch them. */
export async function marketView(
  env: Env,
  control: Control,
  { conditionId, nowMs }: { readonly conditionId: string; readonly nowMs: number },
): Promise<Omit<MarketPageView, 'commandId'>> {
  const conditionIds = [conditionId];
  const [outcomes, paper, live, paperAttempts, liveAttempts, fills] = await Promise.all([
    readMarkets(env.DB, conditionIds),
    heldNow(env, 'PAPER', nowMs),
    heldNow(env, 'LIVE', nowMs),
    listAttempts(env.DB, { mode: 'PAPER', conditionIds }, undefined, ROWS),
    listAttempts(env.DB, { mode: 'LIVE', conditionIds }, undefined, ROWS),
    listFills(env.DB, { conditionIds }, undefined, ROWS),
  ]);
  const own = (positions: readonly MarkedPosition[]) =>
    positions.filter((one) => one.conditionId === conditionId);
  const books = await glance(
    env,
    outcomes.map((one) => one.tokenId),
    true,
  );
  return {
    frame: frameOf(control, nowMs),
    market: { conditionId, outcomes, blacklisted: blacklistedIn(control, conditionId) },
    books,
    paper: own(paper.positions),
    live: own(live.positions),
    paperAttempts: paperAttempts.rows,
    liveAttempts: liveAttempts.rows,
    fills: fills.rows,
    names: await namesFor(env, control, [
      ...outcomes,
      ...paperAttempts.rows,
      ...liveAttempts.rows,
      ...fills.rows,
    ]),
  };
}
