/**
 * Delivers reports to the leaders' FollowedUsers: for each leader one at a time and in order. A FollowedUser that is
 * restarting is called again; when a report was lost nevertheless, its time is kept, so that a sweep brings it.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import { isInTrouble } from '../../domain/records/copying.ts';
import type { LeaderCondition, LeaderTrouble } from '../../domain/records/status.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { FollowedUserPort, ObserveRequest } from '../rpc.ts';

/** Calls for one report, with growing pauses: together a little over a second, in which an object restarts. */
const TRIES = 4;
const RETRY_MS = 200;
/** For this long after a lost report each further one is tried once only, so that they do not pile up. */
const PAUSE_MS = 10 * SECOND_MS;

export class Delivery {
  private readonly last = new Map<LeaderAddress, Promise<void>>();
  private readonly troubles = new Map<LeaderAddress, LeaderTrouble>();
  private readonly lost = new Map<LeaderAddress, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly user: (leader: LeaderAddress) => FollowedUserPort,
  ) {}

  /** Rejects when the FollowedUser did not acknowledge the report. */
  deliver(request: ObserveRequest): Promise<void> {
    const { leaderAddress } = request;
    const before = this.last.get(leaderAddress) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => this.call(request));
    this.last.set(leaderAddress, mine);
    return mine;
  }

  /** When a report of the leader was last lost; zero if never. */
  lostAtMs(leader: LeaderAddress): number {
    return this.lost.get(leader) ?? 0;
  }

  /** Leaders whose objects needed the operator when they last answered a sweep. A restart sweeps all, and so receives them again. */
  inTrouble(): readonly LeaderTrouble[] {
    return [...this.troubles.values()];
  }

  private receive(leaderAddress: LeaderAddress, condition: LeaderCondition): void {
    const receivedAtMs = this.ports.nowMs();
    const { healthy, seenTooLate, outbox } = condition;
    if (!isInTrouble(condition, receivedAtMs)) this.troubles.delete(leaderAddress);
    else this.troubles.set(leaderAddress, { leaderAddress, healthy, seenTooLate, outbox, receivedAtMs });
  }

  private async call(request: ObserveRequest): Promise<void> {
    const { leaderAddress } = request;
    const tries = this.ports.nowMs() - this.lostAtMs(leaderAddress) < PAUSE_MS ? 1 : TRIES;
    for (let tried = 1; ; tried += 1) {
      try {
        const condition = await this.user(leaderAddress).observe(request);
        // None of a stream, nor from an object that still runs the release before.
        if (condition !== undefined) this.receive(leaderAddress, condition);
        return;
      } catch (error) {
        // Whatever the error, the report was not acknowledged; one that arrives twice is harmless.
        if (tried < tries) await this.wait(RETRY_MS * tried);
        else {
          this.lost.set(leaderAddress, this.ports.nowMs());
          throw error;
        }
      }
    }
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.ports.timers.after(ms, resolve);
    });
  }
}
