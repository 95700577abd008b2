/** Market facts as orders need them: which contract signs, how long takers wait, and rows of before that was asked. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { ConditionId, TokenId } from '../../../domain/ids.ts';
import { MarketFactsStore } from '../../../durable-objects/feed/market-facts.ts';
import { Outbox } from '../../../durable-objects/platform/outbox.ts';
import type { ObjectPorts, SqlRow } from '../../../durable-objects/platform/ports.ts';
import { createClobApi } from '../../../polymarket/public/clob-api.ts';
import type { DataApi } from '../../../polymarket/public/data-api.ts';
import type { GammaApi } from '../../../polymarket/public/gamma-api.ts';
import { CONDITION, fixture, hostOf, TOKEN_1, TOKEN_2 } from '../../polymarket/fixture.ts';

const NOW_MS = 1_795_334_400_000;
const market = JSON.parse(fixture('clob-market.json'));

function openStore(database: DatabaseSync, answer: Record<string, unknown>) {
  const warned: string[] = [];
  const ports: ObjectPorts = {
    nowMs: () => NOW_MS,
    log: (level, message) => {
      if (level === 'warn') warned.push(message);
    },
    alarm: { set: () => {} },
    timers: { after: () => () => {} },
    storage: {
      // node:sqlite types its rows more widely than what these tables hold.
      rows: (query, ...bindings) => database.prepare(query).all(...bindings) as SqlRow[],
      transaction: (work) => work(),
    },
  };
  const host = hostOf({ body: JSON.stringify({ ...market, ...answer }) });
  // Only this method is called here.
  const gamma = { fetchMarketByCondition: () => Promise.resolve(undefined) } as unknown as GammaApi;
  const outbox = new Outbox(
    ports,
    () => Promise.resolve(),
    () => {},
  );
  const store = new MarketFactsStore(ports, createClobApi(host), gamma, {} as DataApi, outbox);
  return { store, warned, asked: host.asked };
}

/** A Protocol-V2 position: bits 40 to 103 are zero. */
const position = (outcome: number): TokenId =>
  ((0x0177n << 240n) | (2n << 104n) | (137n << 24n) | BigInt(outcome)).toString() as TokenId;

async function factsOf(answer: Record<string, unknown>, token: TokenId) {
  const { store, warned } = openStore(new DatabaseSync(':memory:'), answer);
  await store.ensure(CONDITION);
  return { facts: store.get(token), warned };
}

describe('market facts', () => {
  it('say which contract signs when the market and its ids agree', async () => {
    const v1 = await factsOf({ v: 'v1', nr: true, sd: 3 }, TOKEN_1);
    expect(v1.facts).toMatchObject({ protocolVersion: 'v1', negRisk: true, takerDelayMs: 3_000 });
    const tokens = [position(0), position(1)].map((t, index) => ({ t, o: `outcome ${index}` }));
    const v2 = await factsOf({ v: 'v2', nr: undefined, t: tokens }, position(1));
    expect(v2.facts).toMatchObject({ protocolVersion: 'v2', negRisk: false, takerDelayMs: 0 });
  });

  it('name no contract when they disagree or the version is missing, and warn', async () => {
    for (const answer of [{ v: 'v2' }, { v: undefined }]) {
      const { facts, warned } = await factsOf(answer, TOKEN_2);
      expect(facts).toMatchObject({ protocolVersion: null, acceptingOrders: true });
      expect(warned).toEqual(['market whose protocol version is missing or contradicts its token ids']);
    }
  });

  it('of a store written before contracts were asked for are unknown until they are read again', async () => {
    const database = new DatabaseSync(':memory:');
    const before = openStore(database, { v: 'v1' });
    await before.store.ensure(CONDITION);
    forgetNewFields(database, CONDITION);
    const after = openStore(database, { v: 'v1' });
    expect(after.store.get(TOKEN_1)).toMatchObject({ protocolVersion: null, negRisk: null, takerDelayMs: 0 });
    await after.store.ensure(CONDITION);
    expect(after.asked.length).toBe(1);
    expect(after.store.get(TOKEN_1)).toMatchObject({ protocolVersion: 'v1', negRisk: true });
  });
});

/** Leaves the row as it was before the fields existed, and young. */
function forgetNewFields(database: DatabaseSync, condition: ConditionId): void {
  const row = database.prepare('SELECT body FROM market WHERE condition = ?').get(condition);
  const stored = JSON.parse(String(row?.body));
  stored.slug = 'known';
  for (const facts of stored.facts) {
    delete facts.protocolVersion;
    delete facts.negRisk;
    delete facts.takerDelayMs;
  }
  database.prepare('UPDATE market SET body = ? WHERE condition = ?').run(JSON.stringify(stored), condition);
}
