/** The objects in workerd with real D1: what the runtime itself must hold, beyond the whole-system tests in plain Node. */
import { abortAllDurableObjects, applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { CopyIntent } from '../../domain/decide/decision-facts.ts';
import {
  groupKey,
  idempotencyKey,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
} from '../../domain/ids.ts';
import type { Book } from '../../domain/market/book.ts';
import { cash, price, shares } from '../../domain/money.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { CopyRequest } from '../../durable-objects/rpc.ts';
import { initialControl } from '../../ledger/write/control-store.ts';
import type { Env } from '../../worker/env.ts';

const bindings = env as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };
const leaderAddress = parseLeaderAddress(`0x${'a'.repeat(40)}`)!;
const tokenId = parseTokenId('123456789')!;
const conditionId = parseConditionId(`0x${'b'.repeat(64)}`)!;

function control(): Control {
  const user = {
    leaderAddress,
    label: 'a leader',
    paperEnabled: true,
    liveOverride: 'INHERIT' as const,
    liveEntries: 'ON' as const,
    followFromMs: 0,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
  };
  const first = initialControl();
  // No venue answers here, so a copy can only fill on the book that came with it.
  const PAPER = { ...first.settings.PAPER, paperSubmitMs: 0 };
  return { ...first, settings: { ...first.settings, PAPER }, followedUsers: [user] };
}

function request(member: string): CopyRequest {
  const nowMs = Date.now();
  const key = groupKey([member]);
  const intent: CopyIntent = {
    leaderAddress,
    tokenId,
    conditionId,
    side: 'BUY',
    sourceType: 'IMMEDIATE',
    groupKey: key,
    idempotencyKey: idempotencyKey({ leaderAddress, tokenId, side: 'BUY', groupKey: key }),
    fillCount: 1,
    leaderNotionalMicros: cash(1_000_000_000n),
    leaderShareMicros: shares(2_000_000_000n),
    referencePriceMicros: price(500_000n),
    leaderEventAtMs: nowMs,
    detectedAtMs: nowMs,
    newest: { eventAtMs: nowMs, detectedAtMs: nowMs, ownWaitMs: 0 },
    ourNotionalMicros: null,
    leaderExposureMicros: cash(0n),
    leaderExited: false,
    exit: null,
    exitOnly: false,
    waitedMs: 0,
    presetReason: null,
  };
  const book: Book = {
    tokenId,
    bids: [{ priceMicros: price(490_000n), shareMicros: shares(1_000_000_000n) }],
    asks: [{ priceMicros: price(500_000n), shareMicros: shares(1_000_000_000n) }],
    asOfMs: nowMs,
    hash: 'made by the test',
  };
  const market = {
    tokenId,
    conditionId,
    outcomeTokenIds: [tokenId],
    tickPriceMicros: price(10_000n),
    orderShareMicrosMin: shares(5_000_000n),
    fee: null,
    acceptingOrders: true,
    protocolVersion: 'v1' as const,
    negRisk: false,
    takerDelayMs: 0,
    closeAtMs: nowMs + 86_400_000,
    asOfMs: nowMs,
  };
  return {
    intent,
    members: [{ id: intent.groupKey, fromShareMicros: shares(0n), shareMicros: intent.leaderShareMicros }],
    quote: { book, market },
  };
}

/** Far above what it takes: a busy machine is no failure. */
const PATIENT = { timeout: 600_000 };

async function attempts(key: string): Promise<number> {
  const row = await bindings.DB.prepare('SELECT count(*) AS n FROM copy_attempts WHERE idempotency_key = ?')
    .bind(key)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

describe('a Wallet in workerd', () => {
  beforeAll(async () => {
    await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
  });

  it('decides once, writes to D1 by its outbox, and answers the same after its memory is gone', async () => {
    const wallet = () => bindings.WALLET.getByName('paper');
    await wallet().applyControl(control());
    const asked = request('first');
    const first = await wallet().copy(asked);
    expect(first).toMatchObject({ kind: 'decided', decision: 'EXECUTE' });
    await vi.waitFor(async () => expect(await attempts(asked.intent.idempotencyKey)).toBe(1), PATIENT);
    const worth = await wallet().portfolio();

    await abortAllDurableObjects();
    expect(await wallet().copy(asked)).toEqual(first);
    const after = await wallet().portfolio();
    expect(after.cashMicros).toBe(worth.cashMicros);
    expect(after.positions).toHaveLength(1);
  });

  it('never trades live, whatever it is sent, while there is no live execution', async () => {
    const live = bindings.WALLET.getByName('live');
    await live.applyControl(control());
    expect(await live.setTrading({ state: 'ON', askedAtMs: Date.now() })).toMatchObject({ kind: 'refused' });
    expect(await live.copy(request('live'))).toEqual({ kind: 'inactive' });
  });

  it('books a deposit once, however often its command arrives', async () => {
    const wallet = bindings.WALLET.getByName('paper');
    const before = await wallet.portfolio();
    const move = { commandId: 'deposit-1', kind: 'DEPOSIT' as const, amountMicros: 5_000_000n };
    expect(await wallet.moveCash(move)).toEqual({ kind: 'booked' });
    expect(await wallet.moveCash(move)).toEqual({ kind: 'already-booked' });
    expect((await wallet.portfolio()).cashMicros - before.cashMicros).toBe(5_000_000n);
  });

  it('stays OFF after its memory is gone, though D1 never received it', async () => {
    await bindings.WALLET.getByName('paper').setTrading({ state: 'OFF', askedAtMs: Date.now() });
    await abortAllDurableObjects();
    const wallet = bindings.WALLET.getByName('paper');
    await wallet.applyControl({ ...control(), version: 9 });
    expect(await wallet.copy(request('after off'))).toEqual({ kind: 'inactive' });
  });
});

describe('a FollowedUser in workerd', () => {
  it('knows its leader from its own name and takes rows durably', async () => {
    const user = bindings.FOLLOWED_USER.getByName(leaderAddress);
    await user.applyControl(control());
    const status = await user.status();
    expect(status.leaderAddress).toBe(leaderAddress);
  });

  it('begins again on the tables that it made', async () => {
    const user = () => bindings.FOLLOWED_USER.getByName(leaderAddress);
    await user().applyControl(control());
    await abortAllDurableObjects();
    expect((await user().status()).controlVersion).not.toBeNull();
  });
});

describe('an object that does not know what it is', () => {
  const refused = async (asked: Promise<unknown>, why: string): Promise<void> => {
    const error = await asked.then(() => undefined).catch((reason: unknown) => reason);
    expect(String(error)).toContain(why);
  };

  it('refuses every call: without a name it takes itself for no Wallet', async () => {
    const { WALLET, FOLLOWED_USER, LEADER_FEED } = bindings;
    await refused(WALLET.get(WALLET.newUniqueId()).status(), 'without a name');
    await refused(WALLET.getByName('Live').status(), 'by the name "Live"');
    await refused(FOLLOWED_USER.getByName('nobody').status(), 'by the name "nobody"');
    await refused(LEADER_FEED.getByName('another').status(), 'by the name "another"');
  });

  it('works again under its own name after it was reached without one', async () => {
    const { WALLET } = bindings;
    const live = () => WALLET.getByName('live');
    expect((await live().status()).kind).toBe('wallet');
    await abortAllDurableObjects();
    const { id } = live();
    await refused(WALLET.get(WALLET.idFromString(id.toString())).status(), 'it was started as "live"');
    await abortAllDurableObjects();
    expect((await live().status()).kind).toBe('wallet');
  });
});

describe('the events for open pages', () => {
  const feed = () => bindings.LEADER_FEED.getByName('feed');
  const next = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
    new TextDecoder().decode((await reader.read()).value);

  it('leave LeaderFeed as a stream, and a page that leaves is forgotten', async () => {
    // Other addresses than the venue's are not read through it.
    expect((await feed().fetch('https://elsewhere.test/events')).status).toBe(404);
    const answer = await feed().fetch('https://feed/events');
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body!.getReader();
    expect(await next(reader)).toMatch(/^id: \d+\n\n$/);
    expect(await feed().announce(['paper'])).toBe(1);
    expect(await next(reader)).toContain('event: paper\n');
    await reader.cancel();
    await vi.waitFor(async () => expect(await feed().announce(['paper'])).toBe(0), PATIENT);
  });
});
