/** The ports of an object as workerd provides them: its SQLite, its alarm, real timers and the clock. */
import { withLateWrites } from './late-writes.ts';
import { type Log, type ObjectPorts, reasonOf, type SqlRow, type Timers, withRollbacks } from './ports.ts';
import { StorageLimits } from './storage-limits.ts';
import type { UsageMeter } from './usage-meter.ts';

/** One JSON object a line, the format of Workers Logs. Bigints become text. */
export const log: Log = (level, message, fields = {}) => {
  const line = JSON.stringify({ level, message, ...fields }, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  // biome-ignore lint/suspicious/noConsole: this is the logger.
  console.log(line);
};

export const workerTimers: Timers = {
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** The meter counts these when the batch is sent, since the object may be gone before it can count them. */
const COUNTED_BEFORE = 'DELETE FROM outbox ';

/** Ports over the object's own state. Workerd's output gates make every write durable before anything leaves the object. */
export function workerPorts(context: DurableObjectState, meter: UsageMeter): ObjectPorts {
  const { storage } = context;
  const limits = new StorageLimits(() => Date.now());
  return {
    limits,
    storage: withLateWrites(
      withRollbacks(
        limits.over({
          rows: (query, ...bindings) => {
            const cursor = storage.sql.exec<Record<string, SqlRow[string]>>(query, ...bindings);
            const rows = cursor.toArray();
            const objectRowsWritten = query.startsWith(COUNTED_BEFORE) ? 0 : cursor.rowsWritten;
            meter.add({ objectRowsRead: cursor.rowsRead, objectRowsWritten });
            return rows;
          },
          transaction: (work) => storage.transactionSync(work),
        }),
      ),
      { timers: workerTimers, log },
    ),
    timers: {
      after: (ms, task) => {
        const end = meter.hold();
        const cancel = workerTimers.after(ms, () => {
          end();
          task();
        });
        return () => {
          end();
          cancel();
        };
      },
    },
    alarm: {
      set: (atMs) => {
        meter.add({ objectRowsWritten: 1 });
        storage
          .setAlarm(atMs)
          .catch((error: unknown) => log('error', 'no alarm', { reason: reasonOf(error) }));
      },
    },
    nowMs: () => Date.now(),
    log,
  };
}
