/** When a snapshot of the portfolio is taken: soon after a copy, once for a burst, and not before the account is open. */
import { beforeEach, expect, it } from 'vitest';
import { Scheduler } from '../../../durable-objects/platform/scheduler.ts';
import { SNAPSHOT_DELAY_MS, SnapshotJob } from '../../../durable-objects/wallet/snapshot-job.ts';
import { WalletSnapshots } from '../../../durable-objects/wallet/snapshots.ts';
import { START_MS } from '../memory-ports.ts';
import { type WalletStores, walletStores } from './stores.ts';

let stores: WalletStores;
let opened: boolean;
let takenAtMs: number[];

beforeEach(() => {
  stores = walletStores('LIVE');
  opened = true;
  takenAtMs = [];
});

/** A job whose snapshots are counted; `live` gives it a ledger that may not be open yet. */
function job(live: boolean): SnapshotJob {
  const { ports, book, kv, outbox } = stores;
  const snapshots = new WalletSnapshots('LIVE', book, kv, outbox, () => undefined);
  const take = snapshots.take.bind(snapshots);
  snapshots.take = (nowMs) => {
    takenAtMs.push(nowMs);
    take(nowMs);
  };
  const made = new SnapshotJob(
    ports,
    new Scheduler(ports, { snapshot: () => made.run() }),
    snapshots,
    live ? { isOpened: () => opened } : null,
  );
  return made;
}

it('is taken once for a burst of copies, five seconds after the first', async () => {
  const { ports } = stores;
  const snapshot = job(false);
  expect(SNAPSHOT_DELAY_MS).toBe(5_000);
  snapshot.soon();
  await ports.advance(1_000);
  snapshot.soon();
  await ports.advance(3_999);
  expect(takenAtMs).toEqual([]);
  await ports.advance(60_000);
  expect(takenAtMs).toEqual([START_MS + 5_000]);
  expect(ports.outboxedOf('snapshot')).not.toEqual([]);
});

it('is taken once more for a copy after that', async () => {
  const snapshot = job(false);
  snapshot.soon();
  await stores.ports.advance(10_000);
  snapshot.soon();
  await stores.ports.advance(10_000);
  expect(takenAtMs).toEqual([START_MS + 5_000, START_MS + 15_000]);
});

it('is not taken before the live account was opened', () => {
  const snapshot = job(true);
  opened = false;
  snapshot.run();
  snapshot.take();
  expect(takenAtMs).toEqual([]);
  opened = true;
  snapshot.run();
  snapshot.take();
  expect(takenAtMs).toEqual([START_MS, START_MS]);
});

it('leaves nothing behind when it fails half-way', () => {
  const { ports } = stores;
  const snapshot = job(false);
  let writes = 0;
  ports.refusesStatement = (query) => query.startsWith('INSERT INTO outbox') && ++writes > 1;
  expect(() => snapshot.run()).toThrow('refused');
  ports.refusesStatement = undefined;
  expect(ports.outboxed()).toEqual([]);
});
