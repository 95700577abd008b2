/**
 * Counts what an object uses of the plan's daily meters: calls that arrive, rows of its SQLite, and the time in which it cannot
 * sleep, which is what is billed. The sums leave with the outbox, whose batches are written anyway.
 */
import type { OutboxRecord } from '../../domain/records/records.ts';
import { rowsWrittenBy, writeOutbox } from '../../ledger/write/outbox-writer.ts';
import {
  addedUsage,
  NO_USAGE,
  type Usage,
  type UsageSource,
  usageStatement,
} from '../../ledger/write/usage.ts';
import type { RawSocket } from '../../polymarket/wire/socket.ts';

export class UsageMeter {
  private usage = NO_USAGE;
  private holds = 0;
  private heldSinceMs = 0;

  constructor(
    private readonly source: UsageSource,
    private readonly nowMs: () => number,
  ) {}

  add(usage: Partial<Usage>): void {
    this.usage = addedUsage(this.usage, usage);
  }

  /** The object cannot sleep until the returned function is called; it may be called again. */
  hold(): () => void {
    if (this.holds === 0) this.heldSinceMs = this.nowMs();
    this.holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.addAwake();
      this.holds -= 1;
    };
  }

  /** An outgoing socket keeps its object awake from when it is asked for until it is closed. */
  async heldBy(opening: Promise<RawSocket>): Promise<RawSocket> {
    const end = this.hold();
    try {
      const socket = await opening;
      socket.onClose(end);
      return {
        ...socket,
        close: () => {
          end();
          socket.close();
        },
      };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** What was counted since it was last taken. */
  take(): Usage {
    if (this.holds > 0) this.addAwake();
    const { usage } = this;
    this.usage = NO_USAGE;
    return usage;
  }

  /** Each call of the core's methods is a request, and keeps the object awake until it is answered. */
  counted<Core extends object>(core: Core): Core {
    return new Proxy(core, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function'
          ? (...given: unknown[]) => this.call(value.bind(target), given)
          : value;
      },
    });
  }

  /** Writes a batch of the outbox with the sums; a batch that failed gives them back. */
  async writeOutbox(d1: D1Database, records: readonly OutboxRecord[]): Promise<void> {
    // The rows leave the object's own outbox after this, when it may have no chance to count any more.
    this.add({ d1RowsWritten: rowsWrittenBy(records) + 1, objectRowsWritten: records.length });
    const usage = this.take();
    try {
      const { source, nowMs } = this;
      await writeOutbox(d1, records, [usageStatement(d1, { source, usage, nowMs: nowMs() })]);
    } catch (error) {
      this.add(usage);
      throw error;
    }
  }

  private call(run: (...given: unknown[]) => unknown, given: unknown[]): unknown {
    this.add({ objectRequests: 1 });
    const end = this.hold();
    let answer: unknown;
    try {
      answer = run(...given);
    } finally {
      if (answer instanceof Promise) answer.then(end, end);
      else end();
    }
    return answer;
  }

  private addAwake(): void {
    const nowMs = this.nowMs();
    this.add({ awakeMs: nowMs - this.heldSinceMs });
    this.heldSinceMs = nowMs;
  }
}
