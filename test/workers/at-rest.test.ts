/** Who may be awake (design.md 2), in the runtime itself: it refuses to evict an object that a timer or a call keeps awake. */
import {
  applyD1Migrations,
  type D1Migration,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, it, vi } from 'vitest';
import { parseLeaderAddress } from '../../domain/ids.ts';
import { initialControl } from '../../ledger/write/control-store.ts';
import type { Env } from '../../worker/env.ts';

const bindings = env as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };
const leaderAddress = parseLeaderAddress(`0x${'a'.repeat(40)}`)!;
/** Far above what it takes: a busy machine is no failure. */
const PATIENT = { timeout: 600_000 };

beforeAll(async () => {
  await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
});

const OBJECTS = {
  'the paper Wallet': () => bindings.WALLET.getByName('paper'),
  'a live Wallet that is OFF': () => bindings.WALLET.getByName('live'),
  'a FollowedUser': () => bindings.FOLLOWED_USER.getByName(leaderAddress),
};

it.each(Object.entries(OBJECTS))('%s is evicted at rest, and has no alarm left', async (_name, stub) => {
  await stub().applyControl(initialControl());
  const alarm = (): Promise<number | null> =>
    runInDurableObject(stub(), (_object, state) => state.storage.getAlarm());
  // What the document made due runs, and is over.
  await vi.waitFor(async () => {
    const status = await stub().status();
    expect([status.controlVersion, status.outbox.depth]).toEqual([1, 0]);
    while (await runDurableObjectAlarm(stub())) await stub().status();
    expect(await alarm()).toBeNull();
  }, PATIENT);
  // Rejects after thirty seconds while anything keeps the object awake.
  await evictDurableObject(stub());
  expect(await alarm()).toBeNull();
});
