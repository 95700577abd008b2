/** Statuses as the objects report them: all is well, nothing is held, and a test names what differs. */
import {
  groupKey,
  idempotencyKey,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
} from '../../domain/ids.ts';
import { cash, price, shares } from '../../domain/money.ts';
import type { OwedExit } from '../../domain/portfolio/owed-exit.ts';
import type {
  FeedStatus,
  LeaderTrouble,
  LiveStatus,
  PositionMark,
  UserStatus,
  WalletPortfolio,
  WalletStatus,
} from '../../domain/records/status.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { AT, CONDITION, LEADER, TOKEN } from '../ledger/records.ts';

/** Some fields of a status, at any depth. */
export type Change<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Name in keyof T]?: Change<T[Name]> }
    : T;

const COMMON = {
  healthy: true,
  controlVersion: 1,
  outbox: { depth: 3, oldestAtMs: null, error: null, parked: 0 },
  failingJobs: [],
} as const;

export const FEED: FeedStatus = {
  ...COMMON,
  kind: 'feed',
  leadersWatched: 1,
  rtds: {
    state: 'OPEN',
    unused: null,
    frames: 1,
    reconnects: 0,
    lastFrameAtMs: AT,
    lastEnd: '',
    standIn: null,
  },
  marketChannel: { open: true, reconnects: 0, lastFrameAtMs: AT },
  openPages: 1,
  books: { live: 0, frames: 0, refused: 0, crossed: 0, coldBooks: 0, disagreements: 0, tickChanges: 0 },
  limits: { refused: 0, pausedUntilMs: null },
  counts: { rtdsRows: 0, deliveryFailures: 0, sweeps: 1, sweepFailures: 0, seedFailures: 0 },
  quarantined: 0,
  late: { sweeps: 0, oldestSweepAtMs: null },
  troubles: { count: 0, leaders: [] },
  sweeps: [],
};

export const USER: UserStatus = {
  ...COMMON,
  kind: 'user',
  leaderAddress: LEADER,
  seededAtMs: AT,
  lastFillAtMs: null,
  intentsWaiting: 0,
  seenTooLate: 0,
};

/** What LeaderFeed receives of the leader of the records while all is well with them. */
export const TROUBLE: LeaderTrouble = {
  leaderAddress: parseLeaderAddress(LEADER)!,
  healthy: true,
  seenTooLate: 0,
  outbox: COMMON.outbox,
  receivedAtMs: AT,
};

/** The feed's status when it has received this of leaders. */
export function feedWith(...leaders: readonly LeaderTrouble[]): FeedStatus {
  return { ...FEED, troubles: { count: leaders.length, leaders } };
}

export const PAPER_WALLET: WalletStatus = {
  ...COMMON,
  kind: 'wallet',
  trading: 'ON',
  pausedBecause: null,
  ownAddresses: [],
  openPositions: 0,
  owedExits: { owed: 0, held: 0, blocked: 0, expired: 0, waiting: 0 },
  inactiveIntents: 0,
  copying: { decisions: 0, skippedByUs: 0, commonestReason: null, lagMsP50: null, lagMsP95: null },
  lastTickAtMs: AT,
  peakPnlMicros: null,
  deepestFall: null,
  paperWait: { ms: 150, from: 'DEFAULT', orders: 0 },
  live: null,
};

const LIVE: LiveStatus = {
  account: {
    auth: 'PENDING',
    authReason: '',
    authProbedAtMs: null,
    apiKeyMasked: '',
    problem: null,
    venueCondition: null,
    venueUntilAtMs: null,
    rateRemaining: null,
    rateTier: '',
    rateWarning: '',
    collateralMicros: null,
    openedAtMs: null,
    region: null,
  },
  userChannel: { state: 'STOPPED', reconnects: 0, downSinceAtMs: AT },
  shadowSinceAtMs: null,
  entries: 'ON',
  leadersWithoutEntries: 0,
  effectiveUsers: { on: 0, shadow: 0, exitsOnly: 0, off: 1 },
  orders: { lastAtMs: null, open: 0, unresolved: 0, oldestUnresolvedAtMs: null, overdue: 0 },
  waitingExits: 0,
  queued: { intents: 0, oldestAtMs: null },
  answers: { orders: 0, medianMs: null },
  reconciliation: { lastAtMs: null, error: null, differences: 0, alertingDifferences: 0 },
  lastError: null,
  quarantinedFrames: 0,
  openOrders: [],
};

export const LIVE_WALLET: WalletStatus = { ...PAPER_WALLET, trading: 'OFF', paperWait: null, live: LIVE };

/** A Wallet's report of a moment: $10,000, of which ten dollars are in the position of the records. */
export function worthAt(atMs: number, part: Partial<WalletPortfolio> = {}): WalletPortfolio {
  const none = cash(0n);
  const usd = (amount: number) => cash(BigInt(amount) * 1_000_000n);
  return {
    atMs,
    cashMicros: usd(9_990),
    equityMicros: usd(10_000),
    exposureMicros: usd(10),
    realisedMicros: none,
    unrealisedMicros: usd(5),
    flowMicros: usd(9_900),
    risk: {
      equityMicros: usd(9_999),
      unsureMicros: none,
      exposureMicros: usd(11),
      dayPnlMicros: usd(-7),
      weekPnlMicros: usd(-9),
      pnlMicros: usd(100),
      peakPnlMicros: usd(150),
      flowMicros: usd(9_900),
    },
    deepestFall: { fallMicros: usd(60), peakEquityMicros: usd(1_000) },
    positions: [],
    owedExits: [],
    keptExits: [],
    ...part,
  };
}

/** The status with these fields instead; what the change does not name stays. */
export function changed<T>(status: T, change: Change<T>): T {
  if (!isObject(status) || !isObject(change)) return change as T; // a change that is no object is the whole new value
  const fields = Object.entries(change).map(([name, value]) => [name, changed(status[name], value)]);
  return { ...status, ...Object.fromEntries(fields) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A live Wallet all of whose texts are hostile, also those that are words of ours. */
export function hostileLiveStatus(hostile: string): Change<WalletStatus> {
  const word = hostile as never; // no word of any closed list, on purpose
  return {
    trading: word,
    pausedBecause: hostile,
    outbox: { error: hostile },
    live: {
      account: {
        auth: word,
        authReason: hostile,
        apiKeyMasked: hostile,
        problem: hostile,
        venueCondition: word,
        rateTier: hostile,
        rateWarning: hostile,
        region: hostile,
      },
      userChannel: { state: word },
      reconciliation: { error: hostile },
      lastError: { message: hostile, atMs: AT },
      openOrders: [hostile],
    },
  };
}

/** A hundred shares of the records' token, marked at 50 cents. */
export function heldOf(part: Partial<PositionMark> = {}): PositionMark {
  return {
    leaderAddress: parseLeaderAddress(LEADER)!,
    tokenId: parseTokenId(TOKEN)!,
    conditionId: parseConditionId(CONDITION)!,
    shareMicros: shares(100_000_000n),
    markPriceMicros: price(500_000n),
    markRule: 'MID',
    markedAtMs: AT,
    ...part,
  };
}

/** Forty shares that an exit owes since ten minutes, after a try that met no liquidity. */
export function owedExit(part: Partial<OwedExit> = {}): OwedExit {
  const { tokenId, conditionId } = heldOf();
  const leaderAddress = parseLeaderAddress(LEADER)!;
  const key = { leaderAddress, tokenId, side: 'SELL', groupKey: groupKey(['exit']) } as const;
  return {
    leaderAddress,
    tokenId,
    conditionId,
    exitId: idempotencyKey(key),
    state: 'OWED',
    shareMicros: shares(40_000_000n),
    cause: 'LIVE_NO_FILL',
    leaderExited: true,
    referencePriceMicros: price(550_000n),
    openedAtMs: AT - 10 * MINUTE_MS,
    exitAtMs: AT - 10 * MINUTE_MS,
    tries: 3,
    keptAtMs: null,
    looks: 2,
    nextLookAtMs: AT + 2 * MINUTE_MS,
    ...part,
  };
}
