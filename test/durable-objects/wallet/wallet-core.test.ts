/** A Wallet through its front door: what its commands answer, what they leave in storage, and what its minute does. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, parseLeaderAddress, type TradingMode } from '../../../domain/ids.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { Topic } from '../../../domain/records/topics.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import { DAY_MS, MINUTE_MS } from '../../../domain/time.ts';
import type { CloseCommand, CopyRequest, FeedPort, TokenState } from '../../../durable-objects/rpc.ts';
import { closeKeys } from '../../../durable-objects/wallet/close-intent.ts';
import { WalletCore } from '../../../durable-objects/wallet/wallet-core.ts';
import {
  at,
  CONDITION,
  exampleFacts,
  LEADER,
  NOW,
  sh,
  TOKEN,
  usd,
} from '../../domain/decide/example-facts.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { secretsOf } from '../../system/world/practice-account.ts';
import { MemoryPorts } from '../memory-ports.ts';
import {
  cashEntry,
  exampleControl,
  exampleIntent,
  followed,
  held,
  OTHER_LEADER,
  purchase,
  storedOrder,
  tokenState,
  walletStores,
} from './stores.ts';

const { book, market } = exampleFacts();
/** The example's copy buys 40 shares at $0.50. */
const AFTER_COPY = usd('9980');
const OPENING = usd('10000');

let ports: MemoryPorts;
/** What D1 holds as its newest control document. */
let document: Control | undefined;
let states: readonly TokenState[];
let written: OutboxRecord[];
let topics: Topic[];
let fails: { d1?: boolean; feed?: boolean; outbox?: boolean };
let secrets: Readonly<Record<string, string | undefined>>;
let core: WalletCore;

const FEED: FeedPort = {
  freshQuote: async () => ({ book: { ...book!, asOfMs: ports.nowMs() }, market }),
  tokenStates: async () => {
    if (fails.feed === true) throw new Error('no answer');
    return states;
  },
};

const NO_NETWORK = {
  fetch: async () => new Response('', { status: 503 }),
  publicFetch: async () => new Response('', { status: 503 }),
  openSocket: () => Promise.reject(new Error('no network in a small test')),
  random: () => 0.5,
  clobUrl: 'http://clob',
  orderUrl: 'http://clob',
  userChannelUrl: 'http://channel',
  geoblockUrl: 'http://geo',
  dataUrl: 'http://data',
};

const OWN = parseLeaderAddress(`0x${'5e'.repeat(20)}`)!;

function wallet(mode: TradingMode = 'PAPER'): WalletCore {
  const made = new WalletCore(ports, {
    mode,
    feed: FEED,
    own: [OWN],
    writeOutbox: async (records) => {
      if (fails.outbox === true) throw new Error('no answer');
      written.push(...records);
    },
    readControl: async () => {
      if (fails.d1 === true) throw new Error('no answer');
      return document;
    },
    publishTopics: (changed) => void topics.push(...changed),
    live: mode === 'LIVE' ? { ...NO_NETWORK, secrets } : null,
    answerTimes: async () => null,
  });
  ports.onAlarm = () => made.alarm();
  return made;
}

function control(part: Partial<Control> = {}): Control {
  return exampleControl({
    system: { ...DEFAULT_SYSTEM_SETTINGS, paperOpeningDepositMicros: Number(OPENING) },
    settings: {
      PAPER: { ...earlierSettings('PAPER'), copyRateBps: 1_000 },
      LIVE: { ...earlierSettings('LIVE'), copyRateBps: 1_000 },
    },
    followedUsers: [followed()],
    ...part,
  });
}

const request = (part: Partial<CopyRequest['intent']> = {}): CopyRequest => ({
  intent: exampleIntent(part),
  members: [],
  quote: { book, market },
});

const NONE_OWED = { owed: 0, held: 0, blocked: 0, expired: 0, waiting: 0 };
const CLOSE: CloseCommand = {
  commandId: 'close-1',
  shareMicros: null,
  leaderAddress: LEADER,
  tokenId: TOKEN,
};

/** When the job is due, from now; undefined while it is not. */
function dueIn(job: string): number | undefined {
  const row = ports.storage.rows('SELECT at_ms FROM due WHERE job = ?', job)[0];
  return row === undefined ? undefined : Number(row.at_ms) - ports.nowMs();
}

beforeEach(() => {
  ports = new MemoryPorts(NOW);
  document = undefined;
  states = [];
  written = [];
  topics = [];
  fails = {};
  secrets = {};
  core = wallet();
});

describe('a control document', () => {
  it('that is the first opens the paper portfolio, once', () => {
    core.applyControl(control());
    expect(core.portfolio()).toMatchObject({ cashMicros: OPENING, flowMicros: OPENING });
    core.applyControl(control({ version: 2 }));
    core.applyControl(control({ version: 2 }));
    expect(core.portfolio().cashMicros).toBe(OPENING);
    ports = ports.restarted();
    core = wallet();
    core.applyControl(control({ version: 3 }));
    expect(core.portfolio().cashMicros).toBe(OPENING);
  });

  it('changes nothing unless its version is higher', () => {
    core.applyControl(control({ version: 5 }));
    core.applyControl(control({ version: 4, paperTrading: 'OFF' }));
    core.applyControl(control({ version: 5, paperTrading: 'OFF' }));
    expect(core.status()).toMatchObject({ trading: 'ON', controlVersion: 5 });
    core.applyControl(control({ version: 6, paperTrading: 'OFF' }));
    expect(core.status()).toMatchObject({ trading: 'OFF', controlVersion: 6 });
    core.applyControl(control({ version: 7, paperTrading: 'ON' }));
    expect(core.status()).toMatchObject({ trading: 'OFF', controlVersion: 7 });
  });

  it('opens nothing on the live Wallet', () => {
    core = wallet('LIVE');
    core.applyControl(control());
    expect(core.portfolio()).toMatchObject({ cashMicros: 0n, flowMicros: 0n });
  });
});

describe('a copy', () => {
  beforeEach(() => core.applyControl(control()));

  it('is decided and booked, once per key, with a snapshot soon after', async () => {
    expect(dueIn('snapshot')).toBeUndefined();
    const result = await core.copy(request());
    expect(result).toMatchObject({ kind: 'decided', decision: 'EXECUTE' });
    expect(core.portfolio().cashMicros).toBe(AFTER_COPY);
    expect(dueIn('snapshot')).toBe(5_000);
    expect(await core.copy(request())).toEqual(result);
    expect(core.portfolio().cashMicros).toBe(AFTER_COPY);
    expect(core.status().openPositions).toBe(1);
    await ports.advance(5_000);
    expect(written.map((one) => one.kind)).toContain('attempt');
    expect(dueIn('snapshot')).toBeUndefined();
    await ports.advance(100);
    const whole = { kind: 'snapshot', leaderAddress: '', cashMicros: AFTER_COPY };
    expect(written).toContainEqual(expect.objectContaining(whole));
    expect(topics).not.toEqual([]);
  });

  it('is only counted while the switch is off', async () => {
    core.setTrading('OFF');
    expect(await core.copy(request())).toEqual({ kind: 'inactive' });
    expect(core.status().inactiveIntents).toBe(1);
    expect(core.portfolio().positions).toEqual([]);
  });
});

describe('the paper switch', () => {
  it('is stored before it is answered', () => {
    expect(core.status().trading).toBe('OFF');
    expect(core.setTrading('ON')).toMatchObject({ kind: 'done', state: 'ON' });
    ports = ports.restarted();
    core = wallet();
    expect(core.status().trading).toBe('ON');
    expect(core.setTrading('OFF')).toMatchObject({ kind: 'done', state: 'OFF' });
    expect(core.status().trading).toBe('OFF');
  });

  it('ends a pause when it goes ON, and only then', () => {
    walletStores('PAPER', ports).kv.put('paused', 'a bug');
    core.setTrading('OFF');
    expect(core.status().pausedBecause).toBe('a bug');
    core.setTrading('ON');
    expect(core.status().pausedBecause).toBeNull();
  });

  it('does nothing on the live Wallet', () => {
    core = wallet('LIVE');
    expect(core.setTrading('ON')).toMatchObject({ kind: 'refused' });
    expect(core.status().trading).toBe('OFF');
  });
});

describe('a live command to the paper Wallet', () => {
  const refused = { kind: 'refused', reason: 'this is the paper Wallet' };

  it('is refused', async () => {
    core.applyControl(control());
    await core.copy(request());
    expect(core.setLive('ON', NOW, 1)).toEqual(refused);
    expect(core.setUserLive(LEADER, 'FORCE_ON', NOW, 1)).toEqual(refused);
    expect(await core.liveCheck()).toEqual([]);
    expect(core.portfolio().positions).toHaveLength(1);
  });
});

describe('the live Wallet', () => {
  beforeEach(() => {
    const { book: shares } = walletStores('LIVE', ports);
    shares.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
    shares.bookEntry({ ...purchase(), mode: 'LIVE' }, held('10', '5'));
    core = wallet('LIVE');
    core.applyControl(control());
  });

  it('starts in SHADOW at most, and takes its own switch', () => {
    expect(core.status()).toMatchObject({ trading: 'SHADOW', healthy: false });
    expect(core.status().live).not.toBeNull();
    expect(core.setLive('OFF', NOW)).toMatchObject({ kind: 'done', state: 'OFF' });
    expect(core.status().trading).toBe('OFF');
    expect(core.setUserLive(LEADER, 'FORCE_OFF', NOW)).toMatchObject({ kind: 'done' });
  });

  it('checks what must be ready', async () => {
    expect(await core.liveCheck()).not.toEqual([]);
  });

  it('refuses to close what it does not hold, and while live is off', async () => {
    expect(await core.closePosition({ ...CLOSE, leaderAddress: OTHER_LEADER })).toMatchObject({
      kind: 'refused',
    });
    core.setLive('OFF', NOW);
    expect(await core.closePosition(CLOSE)).toEqual({
      kind: 'refused',
      about: 'other',
      reason: 'trading is off for this leader',
    });
  });

  it('says why a sale by hand was not placed, again for the same command', async () => {
    const first = await core.closePosition(CLOSE);
    expect(first).toMatchObject({ kind: 'skipped' });
    expect(first).toHaveProperty('reasons.0');
    expect(await core.closePosition(CLOSE)).toEqual(first);
  });

  it('says of a sale by hand in SHADOW that nothing was sold', async () => {
    const answer = { kind: 'decided', decision: 'EXECUTE', reasons: [] };
    const { book: shares } = walletStores('LIVE', ports);
    shares.putAttempt(closeKeys(CLOSE).idempotencyKey, NOW, JSON.stringify(answer));
    expect(await core.closePosition(CLOSE)).toEqual({ kind: 'shadow' });
  });

  it('values what it holds, forgets old answers and keeps its minute', async () => {
    const { book: shares } = walletStores('LIVE', ports);
    shares.putAttempt('old', NOW - 8 * DAY_MS, '{}');
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.status()).toMatchObject({ lastTickAtMs: NOW, openPositions: 1 });
    expect(shares.attemptResult('old')).toBeUndefined();
  });
});

describe('worthless shares of the live Wallet', () => {
  it('are booked as a loss once no order can change how many there are', async () => {
    const { book: shares, orders } = walletStores('LIVE', ports);
    const bought = { mode: 'LIVE', refId: 'copy:1' } as const;
    shares.bookEntry(purchase(bought), held('10', '5'));
    orders.add(storedOrder({ state: 'OPEN' }));
    states = [tokenState(null, { payoutPriceMicros: at('0') })];
    core = wallet('LIVE');
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.status().openPositions).toBe(1);
    ports = ports.restarted();
    walletStores('LIVE', ports).orders.put(storedOrder({ state: 'CANCELED' }), false);
    core = wallet('LIVE');
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.status().openPositions).toBe(0);
  });
});

describe('the live Wallet with an account', () => {
  it('has the cash that the venue reported', () => {
    const { kv } = walletStores('LIVE', ports);
    kv.put('accountOpenedAt', NOW);
    kv.put('collateral', { balanceMicros: usd('77'), atMs: NOW });
    expect(wallet('LIVE').portfolio()).toMatchObject({ cashMicros: usd('77'), equityMicros: usd('77') });
  });

  it('reads it again when the Wallet is woken', async () => {
    secrets = { ...secretsOf(undefined) };
    core = wallet('LIVE');
    ports.clearDue();
    await core.ensureRunning();
    expect([dueIn('watch'), dueIn('reconcile'), dueIn('tick')]).toEqual([0, 0, 0]);
  });

  it('cancels its open orders when a document switches it off, and not when it was off before', () => {
    const { kv, orders } = walletStores('LIVE', ports);
    kv.put('trading', 'ON');
    orders.add(storedOrder());
    core = wallet('LIVE');
    core.applyControl(control());
    expect(dueIn('cancel')).toBeUndefined();
    core.applyControl(control({ version: 2, liveTrading: 'OFF' }));
    expect(dueIn('cancel')).toBe(0);
    ports.clearDue();
    core.applyControl(control({ version: 3, liveTrading: 'OFF' }));
    expect(dueIn('cancel')).toBeUndefined();
  });
});

describe('leaders whose shares are held', () => {
  it('are named once each, without what came from outside', () => {
    const { book: shares } = walletStores('PAPER', ports);
    shares.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
    shares.bookEntry(purchase(), held('10', '5'));
    ports.forget();
    shares.bookEntry(purchase({ refId: 'copy:2', leaderAddress: EXTERNAL_LEADER }), held('10', '5'));
    expect(wallet().heldLeaders()).toEqual([LEADER]);
  });
});

describe('cash', () => {
  it('moves by command', () => {
    const move = { commandId: 'one', kind: 'DEPOSIT', amountMicros: usd('7') } as const;
    expect(core.moveCash(move)).toEqual({ kind: 'booked' });
    expect(core.moveCash(move)).toEqual({ kind: 'already-booked' });
    expect(core.portfolio().cashMicros).toBe(usd('7'));
  });
});

describe('an exit that cannot be executed', () => {
  const exit = (part: Partial<CopyRequest['intent']> = {}): CopyRequest => {
    const sale = request({
      ...closeKeys({ ...CLOSE, commandId: 'exit' }),
      side: 'SELL',
      leaderExited: true,
      exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('1') },
      ...part,
    });
    return { ...sale, quote: { market, book: { ...book!, bids: [] } } };
  };

  beforeEach(async () => {
    core.applyControl(control());
    await core.copy(request());
  });

  it('is owed, shown and tried again by itself until it is sold (A44)', async () => {
    expect(await core.copy(exit())).toMatchObject({ decision: 'SKIP' });
    expect(core.portfolio().owedExits).toMatchObject([
      { leaderAddress: LEADER, tokenId: TOKEN, state: 'OWED', shareMicros: sh('40') },
    ]);
    expect([core.status().owedExits, dueIn('owed')]).toEqual([{ ...NONE_OWED, owed: 1 }, 2_000]);
    await ports.advance(2_000);
    expect(core.portfolio()).toMatchObject({ owedExits: [], positions: [] });
    await ports.advance(2_000);
    expect([core.status().owedExits, dueIn('owed')]).toEqual([NONE_OWED, undefined]);
  });

  it('is held when the switch is lowered, until the operator confirms it (A44)', async () => {
    await core.copy(exit());
    core.setTrading('OFF');
    expect(core.portfolio().owedExits).toMatchObject([{ state: 'HELD', nextLookAtMs: null }]);
    const command = { action: 'RELEASE', exit: null } as const;
    expect(core.commandExit(command)).toMatchObject({ kind: 'refused' });
    core.setTrading('ON');
    await ports.advance(60_000);
    expect(core.portfolio().owedExits).toMatchObject([{ state: 'HELD' }]);
    expect(core.commandExit(command)).toEqual({ kind: 'done', rows: 1 });
    await ports.advance(0);
    expect(core.portfolio()).toMatchObject({ owedExits: [], positions: [] });
  });

  it('is held when D1 lowers the switch', async () => {
    await core.copy(exit());
    core.applyControl(control({ version: 9, paperTrading: 'OFF' }));
    expect(core.portfolio().owedExits).toMatchObject([{ state: 'HELD' }]);
  });

  it('is counted on the status page unless it is dust (A47)', async () => {
    await core.copy(
      exit({ exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('20') } }),
    );
    expect(core.portfolio().owedExits).toMatchObject([{ state: 'OWED', shareMicros: sh('2') }]);
    await ports.advance(2_000);
    expect(core.portfolio().owedExits).toMatchObject([{ state: 'TOO_SMALL', leaderExited: true }]);
    expect(core.status().owedExits).toEqual(NONE_OWED);
  });

  it('ends with its shares when they are not held any more', async () => {
    await core.copy(
      exit({ exit: { kind: 'FRACTION', soldShareMicros: sh('1'), heldShareMicros: sh('20') } }),
    );
    core.setTrading('OFF');
    states = [{ tokenId: TOKEN, top: null, lastTrade: null, ended: true, payoutPriceMicros: at('1') }];
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.portfolio()).toMatchObject({ owedExits: [], positions: [] });
  });

  it('is named as kept once the operator keeps its shares (A44)', async () => {
    await core.copy(exit());
    core.commandExit({ action: 'KEEP', exit: { leaderAddress: LEADER, tokenId: TOKEN } });
    expect(core.portfolio()).toMatchObject({
      owedExits: [],
      keptExits: [{ leaderAddress: LEADER, tokenId: TOKEN }],
      positions: [{ shareMicros: sh('40') }],
    });
  });

  it('can be sold by hand on paper too', async () => {
    await core.copy(exit());
    expect(await core.closePosition({ ...CLOSE, shareMicros: sh('10') })).toEqual({ kind: 'accepted' });
    expect(core.portfolio().owedExits).toMatchObject([{ shareMicros: sh('30') }]);
    expect(await core.closePosition({ ...CLOSE, shareMicros: sh('10') })).toEqual({ kind: 'accepted' });
    expect(core.portfolio().owedExits).toMatchObject([{ shareMicros: sh('30') }]);
  });
});

describe('the portfolio', () => {
  it('has its values at the marks of this moment', async () => {
    core.applyControl(control());
    await core.copy(request());
    const top = { bidPriceMicros: at('0.74'), askPriceMicros: at('0.76'), asOfMs: NOW + 1 };
    states = [{ tokenId: TOKEN, top, lastTrade: null, ended: false, payoutPriceMicros: null }];
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.portfolio()).toEqual({
      atMs: NOW,
      cashMicros: AFTER_COPY,
      equityMicros: usd('10010'),
      exposureMicros: usd('30'),
      realisedMicros: usd('0'),
      unrealisedMicros: usd('10'),
      flowMicros: OPENING,
      risk: {
        equityMicros: usd('10009.6'),
        unsureMicros: 0n,
        exposureMicros: usd('30'),
        dayPnlMicros: usd('10'),
        weekPnlMicros: usd('10'),
        pnlMicros: usd('10'),
        peakPnlMicros: usd('10'),
        flowMicros: OPENING,
      },
      deepestFall: { fallMicros: 0n, peakEquityMicros: OPENING },
      positions: [
        {
          leaderAddress: LEADER,
          tokenId: TOKEN,
          conditionId: CONDITION,
          shareMicros: sh('40'),
          markPriceMicros: at('0.75'),
          markRule: 'MID',
          markedAtMs: NOW + 1,
        },
      ],
      owedExits: [],
      keptExits: [],
    });
  });

  it('has its peak reset to the PnL of the moment', async () => {
    core.applyControl(control());
    await core.copy(request());
    const before = core.status().peakPnlMicros;
    expect(core.resetPeak()).toMatchObject({ kind: 'reset', before });
    expect(core.status().peakPnlMicros).toBe(core.portfolio().risk.pnlMicros);
    expect(wallet('LIVE').resetPeak()).toEqual({
      kind: 'refused',
      reason: 'the account has not been read yet',
    });
  });
});

describe('the status', () => {
  it('of a new Wallet knows of nothing', () => {
    expect(core.status()).toEqual({
      kind: 'wallet',
      healthy: true,
      trading: 'OFF',
      pausedBecause: null,
      ownAddresses: [OWN],
      controlVersion: null,
      openPositions: 0,
      owedExits: NONE_OWED,
      inactiveIntents: 0,
      copying: { decisions: 0, skippedByUs: 0, commonestReason: null, lagMsP50: null, lagMsP95: null },
      lastTickAtMs: null,
      peakPnlMicros: null,
      deepestFall: null,
      outbox: { depth: 0, oldestAtMs: null, error: null, parked: 0 },
      failingJobs: [],
      limit: null,
      paperWait: { ms: 150, from: 'DEFAULT', orders: 0 },
      live: null,
    });
  });

  it('is not healthy while the Wallet is paused, its value is unknown or its outbox has a fault', () => {
    const { kv, book: shares } = walletStores('PAPER', ports);
    kv.put('paused', 'a bug');
    ports.forget();
    expect(core.status()).toMatchObject({ healthy: false, pausedBecause: 'a bug' });
    kv.delete('paused');
    ports.forget();
    ports.storage.rows("INSERT INTO outbox_parked (seq, record, reason) VALUES (1, '{}', 'refused')");
    expect(core.status()).toMatchObject({ healthy: false, outbox: { parked: 1 } });
    ports.storage.rows('DELETE FROM outbox_parked');
    expect(core.status().healthy).toBe(true);
    shares.bookEntry(cashEntry('DEPOSIT', '100'), undefined);
    shares.bookEntry(purchase(), held('10', '5'));
    expect(wallet().status()).toMatchObject({ healthy: false, openPositions: 1 });
  });

  it('is not healthy while copies are skipped for reasons of ours, or rows wait for D1 (A60)', () => {
    const { kv } = walletStores('PAPER', ports);
    const slot = { startMs: ports.atMs, decisions: 20, ours: { BOOK_STALE: 3 }, lags: [20] };
    kv.put('recentCopies', [slot]);
    expect(wallet().status()).toMatchObject({
      healthy: false,
      copying: { decisions: 20, skippedByUs: 3, commonestReason: 'BOOK_STALE', lagMsP95: 250 },
    });
    kv.put('recentCopies', [{ ...slot, ours: { BOOK_STALE: 1 } }]);
    expect(wallet().status().healthy).toBe(true);
    ports.storage.rows('INSERT INTO outbox (at_ms, record) VALUES (?, ?)', ports.atMs - 60_001, '{}');
    expect(core.status().healthy).toBe(false);
  });

  it('is not healthy while D1 does not store what is sent', async () => {
    core.applyControl(control());
    fails = { outbox: true };
    await ports.advance(100);
    expect(core.status()).toMatchObject({ healthy: false, outbox: { error: 'Error: no answer' } });
  });

  it('has the peak and the fall of the snapshots', async () => {
    core.applyControl(control());
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.status()).toMatchObject({
      lastTickAtMs: NOW,
      peakPnlMicros: usd('0'),
      deepestFall: { fallMicros: usd('0') },
    });
  });
});

describe('the minute', () => {
  it('runs when the Wallet is woken, and no more while it holds nothing', async () => {
    expect(dueIn('tick')).toBeUndefined();
    await core.ensureRunning();
    expect(dueIn('tick')).toBe(0);
    await ports.advance(1);
    expect(core.status().lastTickAtMs).toBe(NOW);
    expect(dueIn('tick')).toBeUndefined();
    await ports.advance(MINUTE_MS);
    expect([ports.timersDueMs, ports.alarmAtMs]).toEqual([[], undefined]);
  });

  it('runs every minute while something is held', async () => {
    core.applyControl(control());
    await core.copy(request());
    expect(core.status().openPositions).toBe(1);
    await ports.advance(10 * MINUTE_MS);
    expect(core.status().lastTickAtMs).toBe(NOW + 10 * MINUTE_MS);
  });

  it('runs once more after a command or a copy that leaves nothing held', async () => {
    core.applyControl(control());
    core.moveCash({ commandId: 'more', kind: 'DEPOSIT', amountMicros: 1_000_000n });
    await ports.advance(10 * MINUTE_MS);
    expect(core.status().lastTickAtMs).toBe(NOW + MINUTE_MS);
  });

  it('goes on by the alarm after a crash', async () => {
    await core.ensureRunning();
    ports = ports.restarted();
    core = wallet();
    await core.alarm();
    expect(core.status().lastTickAtMs).toBe(NOW);
  });

  it('goes on by its timer after a restart', async () => {
    await core.ensureRunning();
    ports = ports.restarted();
    core = wallet();
    await ports.advance(1);
    expect(core.status().lastTickAtMs).toBe(NOW);
  });

  it('reads the control document, first when the Wallet is woken without one', async () => {
    document = control();
    await core.ensureRunning();
    expect(core.status().controlVersion).toBe(1);
    document = control({ version: 2, paperTrading: 'OFF' });
    await core.ensureRunning();
    expect(core.status().controlVersion).toBe(1);
    await ports.advance(0);
    expect(core.status()).toMatchObject({ controlVersion: 2, trading: 'OFF' });
  });

  it('goes on without D1 and without the feed', async () => {
    core.applyControl(control());
    await core.copy(request());
    fails = { d1: true, feed: true };
    await core.ensureRunning();
    await ports.advance(0);
    expect(core.status()).toMatchObject({ controlVersion: 1, lastTickAtMs: NOW });
    expect(ports.logs.map((one) => one.message)).toEqual([
      'the control document could not be read from D1; the last one stays in force',
      'no marks this minute',
    ]);
  });

  it('forgets answers that are older than a week', async () => {
    const { book: shares } = walletStores('PAPER', ports);
    shares.putAttempt('old', NOW - 8 * DAY_MS, '{}');
    shares.putAttempt('new', NOW - 6 * DAY_MS, '{}');
    await core.ensureRunning();
    await ports.advance(0);
    expect([shares.attemptResult('old'), shares.attemptResult('new')]).toEqual([undefined, '{}']);
  });

  it('sends the counts of attempts to D1', async () => {
    core.applyControl(control());
    await core.copy(request());
    await ports.advance(100);
    written = [];
    await core.ensureRunning();
    await ports.advance(100);
    expect(written.map((one) => one.kind)).toContain('copyStats');
  });
});
