/** What the live pages are made of: the Wallet's own word on its state, and lists and positions from D1. Bounded reads only. */
import type { Control } from '../domain/control.ts';
import { EXTERNAL_LEADER } from '../domain/live-records.ts';
import { shadowTime } from '../domain/shadow-time.ts';
import type { ObjectStatus } from '../domain/status.ts';
import { FEED_NAME } from '../durable-objects/env.ts';
import { listAttempts } from '../ledger/read-attempts.ts';
import { listLiveFills, listOrders } from '../ledger/read-live.ts';
import {
  listLatestDifferences,
  listOpenDifferences,
  listVenuePositions,
  readLeaderHoldings,
} from '../ledger/read-live-portfolio.ts';
import { listOpenPositions, listShortPositions, POSITIONS_MAX } from '../ledger/read-portfolio.ts';
import type { PagingView } from '../views/fragments/filters.tsx';
import type { LiveStatusView } from '../views/fragments/live-status.tsx';
import type { LiveSwitchView } from '../views/fragments/live-switches.tsx';
import type { RealPositionView, SliceView } from '../views/fragments/real-positions.tsx';
import type { Names, PositionView, VenuePositionView } from '../views/models.ts';
import { LIST_DECISIONS, LIVE_LISTS, type LiveList, type LiveListName } from '../views/pages/live-trades.tsx';
import type { RealPortfolioView } from '../views/pages/real-portfolio.tsx';
import type { Env } from './env.ts';
import {
  answerOf,
  frameOf,
  type ListRequest,
  leaderNames,
  listRequest,
  namesFor,
  pagingOf,
} from './page-data.ts';
import { riskOf, walletTiles } from './portfolio-data.ts';
import { liveWalletStatus, stateOf } from './wallet-status.ts';

/** The venue sells in hundredths of a share; what is below is dust that nobody can sell. */
const SELLABLE_MICROS_MIN = 10_000n;

/** How live trading stands: asked from the Wallet and the feed, not from D1. */
export async function liveStatus(env: Env, control: Control, nowMs: number): Promise<LiveStatusView> {
  const [wallet, feed] = await Promise.all([
    liveWalletStatus(env),
    answerOf('Feed', () => env.LEADER_FEED.getByName(FEED_NAME).status()),
  ]);
  const overrides = { INHERIT: 0, FORCE_ON: 0, FORCE_OFF: 0 };
  for (const user of control.followedUsers) if (!user.removed) overrides[user.liveOverride] += 1;
  const { liveTrading, paperTrading } = control;
  return { nowMs, liveTrading, paperTrading, overrides, wallet, feed };
}

/** Where live stands on its way to ON, by the Wallet's own word. */
export function liveSwitch(control: Control, wallet: ObjectStatus, nowMs: number): LiveSwitchView {
  const { shadowMsMin } = control.settings.LIVE;
  const sinceMs = wallet.facts.shadowSinceAtMs;
  const shadow =
    typeof sinceMs === 'number'
      ? { ...shadowTime({ sinceMs, nowMs, wantedMs: shadowMsMin }), sinceMs }
      : undefined;
  return { saved: control.liveTrading, held: stateOf(wallet), shadow, shadowMsMin };
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
): Promise<LiveListData> {
  const name = LIVE_LISTS.find((one) => one === query.list) ?? 'orders';
  const request = await listRequest(env, query);
  const { list, page, rows } = await readList(env, name, request);
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
      const positions = await realPositions(env, undefined, await listOpenPositions(env.DB, 'LIVE'));
      return { list: { name, positions }, page: WHOLE, rows: positions.map((one) => one.venue) };
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

/** The venue's positions with the leaders that explain them. With the document, also which of those nobody will sell. */
async function realPositions(
  env: Env,
  control: Control | undefined,
  open: readonly PositionView[],
): Promise<readonly RealPositionView[]> {
  const [venue, differences, short] = await Promise.all([
    listVenuePositions(env.DB),
    listOpenDifferences(env.DB),
    listShortPositions(env.DB, 'LIVE'),
  ]);
  const held = [...open, ...short];
  const holdings = control === undefined ? new Map<string, bigint>() : await readLeaderHoldings(env.DB, held);
  const told = new Set(venue.map((one) => one.tokenId));
  // What the ledger holds and the venue does not tell stands in the list too, with zero shares there.
  const untold = held.filter((one) => !told.has(one.tokenId)).map(notTold);
  const once = new Map([...venue, ...untold].map((one) => [one.tokenId, one]));
  return [...once.values()].map((one) => {
    const slices = held
      .filter((position) => position.tokenId === one.tokenId)
      .map((position) => sliceOf(position, control, holdings));
    const explained = slices.reduce((sum, { position }) => sum + position.shareMicros, 0n);
    const differs = differences.some(({ tokenId }) => tokenId === one.tokenId);
    return { venue: one, slices, unexplainedShareMicros: one.shareMicros - explained, differs };
  });
}

function notTold({ tokenId, conditionId }: PositionView): VenuePositionView {
  const nothing = { shareMicros: 0n, avgPriceMicros: null, markPriceMicros: null, redeemable: false };
  return { tokenId, conditionId, ...nothing, readAtMs: 0, revision: 0 };
}

function sliceOf(
  position: PositionView,
  control: Control | undefined,
  holdings: ReadonlyMap<string, bigint>,
): SliceView {
  const external = position.leaderAddress === EXTERNAL_LEADER || position.leaderAddress === '';
  const orphanedBecause =
    control === undefined || external || position.shareMicros < SELLABLE_MICROS_MIN
      ? undefined
      : orphanCause(position, control, holdings);
  return { position, external, orphanedBecause };
}

/** Why no exit of the leader will sell this; undefined while one still would. */
function orphanCause(
  { leaderAddress, tokenId }: PositionView,
  control: Control,
  holdings: ReadonlyMap<string, bigint>,
): string | undefined {
  const user = control.followedUsers.find((one) => one.leaderAddress === leaderAddress);
  if (user === undefined) return 'This leader is no longer in the list.';
  if (user.liveOverride === 'FORCE_OFF')
    return 'Live is forced off for this leader: his exits are not copied.';
  // What was never told is not known to be zero.
  if (holdings.get(`${leaderAddress}:${tokenId}`) === 0n) return 'The leader has none of it left.';
  return undefined;
}

/** The Real Portfolio, without its form. */
export async function realPortfolio(
  env: Env,
  control: Control,
  given: { readonly range: string | undefined; readonly nowMs: number },
): Promise<Omit<RealPortfolioView, 'form' | 'commandId'>> {
  const [wallet, ledgerPositions, openDifferences, latestDifferences] = await Promise.all([
    liveWalletStatus(env),
    listOpenPositions(env.DB, 'LIVE'),
    listOpenDifferences(env.DB),
    listLatestDifferences(env.DB),
  ]);
  const positions = await realPositions(env, control, ledgerPositions);
  const tiles = await walletTiles(env, { mode: 'LIVE', status: wallet, ...given });
  const named = [...positions.map((one) => one.venue), ...openDifferences, ...latestDifferences];
  const { lastReconcileAtMs, collateralMicros } = wallet.facts;
  return {
    frame: frameOf(control, given.nowMs),
    tiles,
    risk: riskOf(control, tiles, ledgerPositions),
    ledgerPositions,
    positions,
    positionsCut: positions.length >= POSITIONS_MAX,
    openDifferences,
    latestDifferences,
    reconciledAtMs: typeof lastReconcileAtMs === 'number' ? lastReconcileAtMs : null,
    collateralMicros: /^-?\d{1,18}$/.test(String(collateralMicros)) ? BigInt(String(collateralMicros)) : null,
    walletState: stateOf(wallet),
    names: await namesFor(
      env,
      control,
      named.filter((one) => one.tokenId !== ''),
    ),
  };
}
