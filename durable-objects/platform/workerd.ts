/** The ports of an object as workerd provides them: its SQLite, its alarm, real timers and the clock. */
import { withLateWrites } from './late-writes.ts';
import { type Log, type ObjectPorts, reasonOf, type SqlRow, type Timers, withRollbacks } from './ports.ts';

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

/** Ports over the object's own state. Workerd's output gates make every write durable before anything leaves the object. */
export function workerPorts(context: DurableObjectState): ObjectPorts {
  const { storage } = context;
  return {
    storage: withLateWrites(
      withRollbacks({
        rows: (query, ...bindings) =>
          storage.sql.exec<Record<string, SqlRow[string]>>(query, ...bindings).toArray(),
        transaction: (work) => storage.transactionSync(work),
      }),
      { timers: workerTimers, log },
    ),
    timers: workerTimers,
    alarm: {
      set: (atMs) => {
        storage
          .setAlarm(atMs)
          .catch((error: unknown) => log('error', 'no alarm', { reason: reasonOf(error) }));
      },
    },
    nowMs: () => Date.now(),
    log,
  };
}
