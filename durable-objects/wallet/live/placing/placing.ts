/**
 * Decides again what waits: sales whose shares are final, and intents for which a call or a token was not free (design.md 4). Runs
 * as a job, and at once whenever a call has ended.
 */
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { DecisionTurn } from '../../decision-turn.ts';
import type { LiveAccount } from '../account/account.ts';
import type { LiveSchedule } from '../schedule.ts';
import type { PlacingRoom } from './placing-room.ts';
import type { Waiting, WaitingList } from './waiting-list.ts';

export class Placing {
  private running: Promise<void> | undefined;
  /** Something has changed since the run began to look. */
  private isAskedAgain = false;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly list: WaitingList,
    private readonly room: PlacingRoom,
    private readonly account: LiveAccount,
    private readonly schedule: LiveSchedule,
    private readonly turn: DecisionTurn,
  ) {}

  /** A call has ended: what waits for one goes on at once, without the job's timer. */
  wake(): void {
    if (this.list.isEmpty()) return;
    const failed = (what: string) => (error: unknown) =>
      this.ports.log('error', what, { reason: reasonOf(error) });
    this.run()
      .catch((error: unknown) => {
        failed('what waits could not be decided')(error);
        // The job reports what stays broken, and waits longer each time.
        this.schedule.exitsAfterStart();
      })
      .catch(failed('what waits is not looked at before the next job'));
  }

  /** The job. One run at a time; whoever comes meanwhile makes it look again. */
  async run(): Promise<void> {
    this.isAskedAgain = true;
    this.running ??= this.runUntilQuiet().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async runUntilQuiet(): Promise<void> {
    while (this.isAskedAgain) {
      this.isAskedAgain = false;
      await this.pass();
    }
  }

  private async pass(): Promise<void> {
    if (this.list.isEmpty()) return;
    await this.account.connection.connect();
    if (this.account.isStarting()) {
      // Deciding before the account is read would end an intent with a reason that is over in a moment.
      this.schedule.exitsAfterStart();
      return;
    }
    for (let next = this.next(); next.length > 0; next = this.next()) {
      await this.turn.decideWaiting(next, (run) => this.room.together(run));
      // Each of them is decided, or the last free call was taken meanwhile: then the end of a call wakes this again.
      const left = new Set(this.next().map(({ intent }) => intent.idempotencyKey));
      if (next.every(({ intent }) => left.has(intent.idempotencyKey))) break;
    }
    const nextMs = this.list.nextAtMs();
    if (nextMs !== undefined) this.schedule.exits(nextMs);
    this.scheduleToken();
  }

  /** Whatever ends without an order, and as many others as may leave together. */
  private next(): readonly Waiting[] {
    let free = this.room.free();
    return this.list.ready().filter(({ needsCall }) => {
      if (!needsCall) return true;
      free -= 1;
      return free >= 0;
    });
  }

  private scheduleToken(): void {
    const tokenMs = this.list.isEmpty() ? undefined : this.room.nextTokenAtMs(this.ports.nowMs());
    if (tokenMs !== undefined) this.schedule.exits(tokenMs);
  }
}
