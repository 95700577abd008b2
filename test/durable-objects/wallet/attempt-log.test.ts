/** Attempts whose end comes later: what fills and outcomes refresh, what leaves for D1, and for how long they are kept. */

import { beforeEach, expect, it } from 'vitest';
import { shares } from '../../../domain/money.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { AttemptLog } from '../../../durable-objects/wallet/attempt-log.ts';
import { paperAttempts } from '../../../durable-objects/wallet/paper/paper-attempts.ts';
import { attempt } from '../../ledger/records.ts';
import { START_MS } from '../memory-ports.ts';
import { type WalletStores, walletStores } from './stores.ts';

let stores: WalletStores;
let log: AttemptLog;
const record = attempt({
  mode: 'LIVE',
  decidedAtMs: START_MS,
  filledShareMicros: shares(0n),
  vwapPriceMicros: null,
});

beforeEach(() => {
  stores = walletStores('LIVE');
  log = new AttemptLog(stores.ports.storage, stores.outbox, stores.stats);
  stores.stats.attempted(record);
  log.keep(record);
});

it('keeps an attempt without sending it, since its caller has done so', () => {
  expect(log.get('key-1')).toEqual(record);
  expect(log.get('key-2')).toBeUndefined();
  expect(stores.ports.outboxed()).toEqual([]);
});

it('keeps the later of two', () => {
  log.keep({ ...record, revision: 2 });
  expect(log.get('key-1')?.revision).toBe(2);
});

it('sends a changed attempt with the next revision, and counts it instead of the one before', () => {
  log.refresh('key-1', { filledShareMicros: shares(5n) });
  const changed = { ...record, filledShareMicros: shares(5n), revision: 2 };
  expect(stores.ports.outboxed()).toEqual([changed]);
  expect(log.get('key-1')).toEqual(changed);
  stores.stats.publish(START_MS);
  const whole = stores.ports
    .outboxedOf('copyStats')
    .find((row) => row.leaderAddress === '' && row.dayAtMs === 0);
  expect(whole).toMatchObject({ attempts: 1, executed: 1, unfilled: 0 });
});

it('sends nothing when nothing changed, or when the attempt is not known any more', () => {
  log.refresh('key-1', { filledShareMicros: shares(0n) });
  log.refresh('key-2', { filledShareMicros: shares(5n) });
  expect(stores.ports.outboxed()).toEqual([]);
  expect(log.get('key-2')).toBeUndefined();
});

it('forgets attempts seven days after their decision', () => {
  log.prune(START_MS + 7 * DAY_MS);
  expect(log.get('key-1')).toBeDefined();
  log.keep({ ...record, decidedAtMs: START_MS + 1 });
  log.prune(START_MS + 7 * DAY_MS + 1);
  expect(log.get('key-1')).toBeDefined();
  log.prune(START_MS + 7 * DAY_MS + 2);
  expect(log.get('key-1')).toBeUndefined();
});

it('keeps on paper only what may still change, and forgets it with its outcome (A55)', () => {
  const paper = walletStores('PAPER');
  const kept = paperAttempts(paper.ports.storage, paper.outbox, paper.stats);
  const pending = { ...record, reasons: ['PAPER_PENDING'] as const };
  kept.keep(record);
  expect(kept.get('key-1')).toBeUndefined();
  kept.keep(pending);
  expect(kept.get('key-1')).toEqual(pending);
  kept.refresh('key-1', { reasons: [], filledShareMicros: shares(5n) });
  expect(paper.ports.outboxedOf('attempt')).toMatchObject([{ revision: 2, filledShareMicros: 5n }]);
  expect(kept.get('key-1')).toBeUndefined();
  kept.keep({ ...record, decision: 'WAIT' });
  expect(kept.get('key-1')?.decision).toBe('WAIT');
  kept.keep({ ...record, decision: 'SKIP' }, true);
  expect(kept.get('key-1')).toBeUndefined();
});
