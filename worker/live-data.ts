/** What the live pages are made of: the Wallet's own word on its state, and lists and positions from D1. Bounded reads only. */
import { type Control, LIVE_STATES } from '../domain/control.ts';
import { EXTERNAL_LEADER } from '../domain/live-records.ts';
import { max } from '../domain/money.ts';
import type { ObjectStatus } from '../domain/status.ts';
import type { LiveState } from '../domain/switches.ts';
import { FEED_NAME, WALLET_NAMES } from '../durable-objects/env.ts';
import { listAttempts } from '../ledger/read-attempts.ts';
import { listLiveFills, listOrders } from '../ledger/read-live.ts';
import {
  listLatestDifferences,
  listOpenDifferences,
  listVenuePositions,
  readLeaderHoldings,
} from '../ledger/read-live-portfolio.ts';
import {
  listOpenPositions,
  listShortPositions,
  POSITIONS_MAX,
  readCurve,
  readLatestSnapshot,
  type Snapshot,
} from '../ledger/read-portfolio.ts';
import type { PagingView } from '../views/fragments/filters.tsx';
import type { LiveStatusView } from '../views/fragments/live-status.tsx';
import type { RealPositionView, SliceView } from '../views/fragments/real-positions.tsx';
import type { Names, PositionView, VenuePositionView } from '../views/models.ts';
import { LIVE_LISTS, type LiveList, type LiveListName } from '../views/pages/live-trades.tsx';
import type { RealPortfolioView } from '../views/pages/real-portfolio.tsx';
import type { Env } from './env.ts';
import {
  answerOf,
  frameOf,
  LIVE_TITLE,
  type ListRequest,
  leaderNames,
  listRequest,
  namesFor,
  pagingOf,
} from './page-data.ts';

const HOUR_MS = 3_600_000;
const CURVE_HOURS = 6;
/** The venue sells in hundredths of a share; what is below is dust that nobody can sell. */
const SELLABLE_MICROS_MIN = 10_000n;

/** What the live Wallet says of itself; a status that is not healthy when it does not answer. Never throws. */
export function liveWalletStatus(env: Env): Promise<ObjectStatus> {
  return answerOf(LIVE_TITLE, () => env.WALLET.getByName(WALLET_NAMES.LIVE).status());
}

/** The same of the paper Wallet. */
export function paperWalletStatus(env: Env): Promise<ObjectStatus> {
  return answerOf('Wallet PAPER', () => env.WALLET.getByName(WALLET_NAMES.PAPER).status());
}

/** The state that the Wallet itself holds; undefined when it does not tell. */
export function stateOf({ facts }: ObjectStatus): LiveState | undefined {
  return LIVE_STATES.find((state) => state === facts.trading);
}

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
      const positions = await realPositions(env, undefined);
      return { list: { name, positions }, page: WHOLE, rows: positions.map((one) => one.venue) };
    }
    default: {
      const decision = { skipped: 'SKIP', waiting: 'WAIT', copies: 'EXECUTE' } as const;
      const filter = { ...common, reason: filters.reason, sourceType: filters.source };
      const page = await listAttempts(env.DB, { mode: 'LIVE', decision: decision[name], ...filter }, before);
      return { list: { name, attempts: page.rows }, page, rows: page.rows };
    }
  }
}

/** The venue's positions with the leaders that explain them. With the document, also which of those nobody will sell. */
async function realPositions(env: Env, control: Control | undefined): Promise<readonly RealPositionView[]> {
  const [venue, differences, open, short] = await Promise.all([
    listVenuePositions(env.DB),
    listOpenDifferences(env.DB),
    listOpenPositions(env.DB, 'LIVE'),
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
  nowMs: number,
): Promise<Omit<RealPortfolioView, 'form' | 'commandId'>> {
  const [wallet, snapshot, curve, days, positions, openDifferences, latestDifferences] = await Promise.all([
    liveWalletStatus(env),
    readLatestSnapshot(env.DB, 'LIVE'),
    readCurve(env.DB, { mode: 'LIVE', bucket: 'MINUTE', sinceMs: nowMs - CURVE_HOURS * HOUR_MS }),
    readCurve(env.DB, { mode: 'LIVE', bucket: 'DAY', sinceMs: 0 }),
    realPositions(env, control),
    listOpenDifferences(env.DB),
    listLatestDifferences(env.DB),
  ]);
  const named = [...positions.map((one) => one.venue), ...openDifferences, ...latestDifferences];
  const { lastReconcileAtMs, collateralMicros } = wallet.facts;
  return {
    frame: frameOf(control, nowMs),
    snapshot,
    curve,
    positions,
    positionsCut: positions.length >= POSITIONS_MAX,
    openDifferences,
    latestDifferences,
    reconciledAtMs: typeof lastReconcileAtMs === 'number' ? lastReconcileAtMs : null,
    collateralMicros: /^-?\d{1,18}$/.test(String(collateralMicros)) ? BigInt(String(collateralMicros)) : null,
    drawdownMicros: drawdownOf(snapshot, [...days, ...curve]),
    walletState: stateOf(wallet),
    exposureLimitBps: control.settings.LIVE.totalExposureBpsMax,
    names: await namesFor(
      env,
      control,
      named.filter((one) => one.tokenId !== ''),
    ),
  };
}

/** The fall from the highest profit seen, so that deposits and withdrawals move neither side; null before a snapshot. */
function drawdownOf(now: Snapshot | undefined, past: readonly Snapshot[]): bigint | null {
  if (now === undefined) return null;
  const profitOf = (one: Snapshot): bigint => one.equityMicros - one.flowMicros;
  const peak = past.map(profitOf).reduce((highest, profit) => max(highest, profit), profitOf(now));
  return peak - profitOf(now);
}
