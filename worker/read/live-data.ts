/** What the live pages show: the state that the Wallet reports, and lists and positions from D1. Bounded reads only. */

import type { LiveStatus, WalletStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import { shadowTime } from '../../domain/settings/shadow-time.ts';
import { listAttempts } from '../../ledger/read/attempts.ts';
import { listLiveFills, listOrders } from '../../ledger/read/live.ts';
import { listLatestDifferences, listOpenDifferences } from '../../ledger/read/live-portfolio.ts';
import { listOpenPositions, POSITIONS_MAX } from '../../ledger/read/portfolio.ts';
import type { LiveStatusView } from '../../views/live/live-status.tsx';
import type { LiveSwitchView } from '../../views/live/live-switches.tsx';
import type { Names } from '../../views/models.ts';
import {
  LIST_DECISIONS,
  LIVE_LISTS,
  type LiveList,
  type LiveListName,
} from '../../views/pages/live-trades.tsx';
import type { RealPortfolioView } from '../../views/pages/real-portfolio.tsx';
import type { NoAnswer } from '../../views/status/objects.ts';
import type { PagingView } from '../../views/tables/filters.tsx';
import type { Env } from '../env.ts';
import { heldNow, withMarks } from './marks-now.ts';
import { namedIn, owedExitsView } from './owed-exits.ts';
import { frameOf, type ListRequest, leaderNames, listRequest, namesFor, pagingOf } from './page-data.ts';
import { riskOf, walletTiles, withDrawdown } from './portfolio-data.ts';
import { largestOf, pageOf } from './position-pages.ts';
import { copiedOf, realPositions } from './real-positions.ts';
import { entriesOf, feedStatus, liveWalletStatus, stateOf } from './status/object-status.ts';

const NONE = { positions: [], total: 0 };

/** The state of live trading, from the Wallet and the feed, not from D1. */
export async function liveStatus(env: Env, control: Control, nowMs: number): Promise<LiveStatusView> {
  const [wallet, feed] = await Promise.all([liveWalletStatus(env), feedStatus(env)]);
  const overrides = { INHERIT: 0, FORCE_ON: 0, FORCE_OFF: 0 };
  for (const user of control.followedUsers) if (!user.removed) overrides[user.liveOverride] += 1;
  const { liveTrading, liveEntries, paperTrading } = control;
  return { nowMs, liveTrading, liveEntries, paperTrading, overrides, wallet, feed };
}

/** How far live is on its way to ON, as the Wallet reports it. */
export function liveSwitch(control: Control, wallet: WalletStatus | NoAnswer, nowMs: number): LiveSwitchView {
  const { shadowMsMin } = control.settings.LIVE;
  const sinceMs = reportOf(wallet)?.shadowSinceAtMs ?? null;
  const shadow =
    sinceMs === null ? undefined : { ...shadowTime({ sinceMs, nowMs, wantedMs: shadowMsMin }), sinceMs };
  const entries = { saved: control.liveEntries, held: entriesOf(wallet) };
  return { saved: control.liveTrading, held: stateOf(wallet), shadow, shadowMsMin, entries };
}

/** What the Wallet reports about live execution; null when it does not answer. */
function reportOf(wallet: WalletStatus | NoAnswer): LiveStatus | null {
  return wallet.kind === 'wallet' ? wallet.live : null;
}

export interface LiveListData {
  readonly list: LiveList;
  readonly names: Names;
  readonly filters: ListRequest['values'];
  readonly paging: PagingView;
}

/** One page of the list that the address names; orders when it names none. */
export async function liveList(
  env: Env,
  control: Control,
  query: Readonly<Record<string, string>>,
  nowMs: number,
): Promise<LiveListData> {
  const name = LIVE_LISTS.find((one) => one === query.list) ?? 'orders';
  const request = await listRequest(env, query);
  const { list, page, rows } = await readList(env, name, request, { page: query.page, nowMs });
  const names = await namesFor(env, control, rows);
  return {
    list,
    names: { ...names, leaders: leaderNames(control) },
    filters: request.values,
    paging: {
      ...pagingOf('/live-trades', request, page),
      // The tab is part of every link of the list.
      filters: { ...request.values, list: name },
    },
  };
}

type Place = Parameters<typeof pagingOf>[2];
const WHOLE: Place = { next: undefined, lookedBackToMs: undefined };

async function readList(
  env: Env,
  name: LiveListName,
  request: ListRequest,
  given: { readonly page: string | undefined; readonly nowMs: number },
): Promise<{ list: LiveList; page: Place; rows: readonly { readonly tokenId: string }[] }> {
  const { filters, conditionIds, sinceMs, beforeMs, before } = request;
  const common = { leaderAddress: filters.leader, conditionIds, sinceMs, beforeMs };
  switch (name) {
    case 'orders': {
      const shadow = filters.kind === undefined ? undefined : filters.kind === 'shadow';
      const page = await listOrders(env.DB, { ...common, state: filters.state, shadow }, before);
      return { list: { name, orders: page.rows }, page, rows: page.rows };
    }
    case 'fills': {
      const page = await listLiveFills(env.DB, { ...common, origin: filters.origin }, before);
      return { list: { name, fills: page.rows }, page, rows: page.rows };
    }
    case 'positions': {
      const [open, differences] = await Promise.all([
        heldNow(env, 'LIVE', given.nowMs),
        listOpenDifferences(env.DB),
      ]);
      const all = await realPositions(env, open.positions, differences, given.nowMs);
      const shown = pageOf(all, given.page);
      return { list: { name, ...shown }, page: WHOLE, rows: shown.positions.map((one) => one.venue) };
    }
    default: {
      const filter = { ...common, reason: filters.reason, sourceType: filters.source };
      const page = await listAttempts(
        env.DB,
        { mode: 'LIVE', decision: LIST_DECISIONS[name], ...filter },
        before,
      );
      return { list: { name, attempts: page.rows }, page, rows: page.rows };
    }
  }
}

/** The Real Portfolio, without its form. */
export async function realPortfolio(
  env: Env,
  control: Control,
  given: { readonly range: string | undefined; readonly page: string | undefined; readonly nowMs: number },
): Promise<Omit<RealPortfolioView, 'form' | 'commandId'>> {
  const [wallet, figures, open, openDifferences, latestDifferences] = await Promise.all([
    liveWalletStatus(env),
    walletTiles(env, { mode: 'LIVE', ...given }),
    listOpenPositions(env.DB, 'LIVE'),
    listOpenDifferences(env.DB),
    listLatestDifferences(env.DB),
  ]);
  const ledgerPositions = withMarks(open, figures.now, given.nowMs);
  const positions = await realPositions(env, ledgerPositions, openDifferences, given.nowMs);
  const shown = pageOf(positions, given.page);
  const walletState = stateOf(wallet);
  const unattended = walletState === 'OFF' ? copiedOf(positions) : NONE;
  const tiles = withDrawdown(figures, wallet);
  const owed = owedExitsView('LIVE', tiles.now, given.nowMs);
  const named = [
    ...namedIn(owed),
    ...[...shown.positions, ...unattended.positions].map((one) => one.venue),
    ...openDifferences,
    ...latestDifferences,
    ...largestOf(ledgerPositions),
  ];
  const live = reportOf(wallet);
  return {
    frame: frameOf(control, given.nowMs),
    tiles,
    owed,
    risk: riskOf(control, tiles, ledgerPositions),
    ledgerPositions,
    ...shown,
    unattended,
    positionsCut: positions.length >= POSITIONS_MAX,
    openDifferences,
    latestDifferences,
    reconciledAtMs: live?.reconciliation.lastAtMs ?? null,
    collateralMicros: live?.account.collateralMicros ?? null,
    walletState,
    names: await namesFor(
      env,
      control,
      named.filter((one) => one.tokenId !== ''),
    ),
  };
}
