import { expect, it } from 'vitest';
import { UsageMeter } from '../../../durable-objects/platform/usage-meter.ts';
import { openD1 } from '../../ledger/d1-over-sqlite.ts';
import { AT, leaderFill } from '../../ledger/records.ts';

const stored = (d1: ReturnType<typeof openD1>) => d1.sqlite.prepare('SELECT * FROM usage_days').all();

it('counts calls, rows and the time in which the object cannot sleep, and sends them with the outbox', async () => {
  const fake = openD1();
  let nowMs = AT;
  const meter = new UsageMeter('wallets', () => nowMs);
  let answer = (): void => {};
  const core = meter.counted({
    at: 7,
    copy: () => new Promise<void>((resolve) => (answer = resolve)),
    status: () => 'well',
  });
  expect([core.at, core.status()]).toEqual([7, 'well']);
  const copied = core.copy();
  const cancel = meter.hold();
  nowMs += 40;
  answer();
  await copied;
  nowMs += 60;
  cancel();
  cancel();
  // Asleep, and not counted.
  nowMs += 5_000;
  meter.add({ objectRowsRead: 3, objectRowsWritten: 2 });
  await meter.writeOutbox(fake.d1, [leaderFill()]);
  expect(stored(fake)).toEqual([
    {
      ...{ day_at_ms: AT - (AT % 86_400_000), source: 'wallets', worker_requests: 0, object_requests: 2 },
      ...{ awake_ms: 100, object_rows_read: 3, object_rows_written: 3, d1_rows_read: 0, d1_rows_written: 5 },
    },
  ]);
});

it('sends what a batch that failed did not bring with the next, once', async () => {
  const fake = openD1();
  const meter = new UsageMeter('users', () => AT);
  meter.add({ objectRequests: 4 });
  fake.failing(true);
  await expect(meter.writeOutbox(fake.d1, [leaderFill()])).rejects.toThrow();
  fake.failing(false);
  await meter.writeOutbox(fake.d1, [leaderFill()]);
  await meter.writeOutbox(fake.d1, [leaderFill()]);
  expect(stored(fake)).toMatchObject([{ object_requests: 4 }]);
});

it('holds the object awake for an outgoing socket until it is closed, by either side', async () => {
  let nowMs = AT;
  const meter = new UsageMeter('feed', () => nowMs);
  let closed = (): void => {};
  const raw = {
    send: () => {},
    close: () => {},
    onMessage: () => {},
    onClose: (ended: () => void) => (closed = ended),
  };
  for (const end of [(socket: { close(): void }) => socket.close(), () => closed()]) {
    const socket = await meter.heldBy(Promise.resolve(raw));
    nowMs += 1_000;
    end(socket);
    nowMs += 1_000;
    expect(meter.take().awakeMs).toBe(1_000);
  }
  await expect(meter.heldBy(Promise.reject(new Error('no socket')))).rejects.toThrow('no socket');
  nowMs += 1_000;
  expect(meter.take().awakeMs).toBe(0);
});
