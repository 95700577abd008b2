/**
 * Hands what was heard of the leaders to their FollowedUsers: one message of a leader at a time and in order. One that is
 * restarting is asked again; what could not be handed over is remembered, so that the sweeps bring it.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { FollowedUserPort, ObserveRequest } from '../rpc.ts';

/** A message is offered this often, waiting longer each time: together a bit over a second, in which an object restarts. */
const TRIES = 4;
const RETRY_MS = 200;
/** After a message was lost so, the leader's others are offered once only for this long, and do not pile up. */
const PAUSE_MS = 10_000;

export class Delivery {
  private readonly last = new Map<LeaderAddress, Promise<void>>();
  private readonly lost = new Map<LeaderAddress, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly user: (leader: LeaderAddress) => FollowedUserPort,
  ) {}

  /** Rejects when the FollowedUser did not take it. */
  deliver(request: ObserveRequest): Promise<void> {
    const { leaderAddress } = request;
    const before = this.last.get(leaderAddress) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => this.offer(request));
    this.last.set(leaderAddress, mine);
    return mine;
  }

  /** When a message of the leader could last not be handed over; zero if never. */
  lostAtMs(leader: LeaderAddress): number {
    return this.lost.get(leader) ?? 0;
  }

  private async offer(request: ObserveRequest): Promise<void> {
    const { leaderAddress } = request;
    const tries = this.ports.nowMs() - this.lostAtMs(leaderAddress) < PAUSE_MS ? 1 : TRIES;
    for (let tried = 1; ; tried += 1) {
      try {
        await this.user(leaderAddress).observe(request);
        return;
      } catch (error) {
        // Whatever it was, the object did not acknowledge; observing twice is harmless.
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
