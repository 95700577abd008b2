/**
 * What depends on a reading of the leader's positions: how it is asked for, and where the operator sees what no reading could
 * show. LeaderFeed reads within the budget of its sweeps.
 */
import { createHash } from 'node:crypto';
import type { Outbox } from '../platform/outbox.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';

export class Readings {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly outbox: Outbox,
    private readonly askFeed: (sinceMs: number) => Promise<void>,
  ) {}

  /** Asks for a reading that is requested at this time or later. Never rejects: whoever needs it asks again. */
  async ask(sinceMs: number): Promise<void> {
    try {
      await this.askFeed(sinceMs);
    } catch (error) {
      this.ports.log('warn', 'a reading of the positions could not be asked for', {
        reason: reasonOf(error),
      });
    }
  }

  /** Shows the operator what is not copied for want of a reading: what the leader left is still held by us. */
  list(id: string, reason: string, excerpt: string): void {
    const quarantineId = createHash('sha256').update(`${id}|${reason}`).digest('hex');
    const seenAtMs = this.ports.nowMs();
    this.outbox.add({ kind: 'quarantine', quarantineId, source: 'DATA_API', reason, excerpt, seenAtMs });
    this.ports.log('warn', reason, { excerpt });
  }
}
