/** The FollowedUser object: a shell around FollowerCore, one for each leader's address. */
import { DurableObject } from 'cloudflare:workers';
import { assert } from '../domain/assert.ts';
import { parseLeaderAddress } from '../domain/ids.ts';
import type { LeaderCondition, UserStatus } from '../domain/records/status.ts';
import type { Control } from '../domain/settings/control.ts';
import { readControl } from '../ledger/write/control-store.ts';
import { writeOutbox } from '../ledger/write/outbox-writer.ts';
import type { ObjectEnv } from './env.ts';
import { FollowerCore } from './follower/follower-core.ts';
import { pageNews } from './platform/page-news.ts';
import { workerPorts } from './platform/workerd.ts';
import {
  FEED_NAME,
  type FollowedUserRpc,
  type ObserveRequest,
  type PositionReading,
  type SeedPosition,
  WALLET_NAMES,
  type WalletPort,
} from './rpc.ts';

export class FollowedUser extends DurableObject<ObjectEnv> implements FollowedUserRpc {
  private readonly core: FollowerCore;

  constructor(context: DurableObjectState, env: ObjectEnv) {
    super(context, env);
    const leaderAddress = parseLeaderAddress(context.id.name ?? '');
    assert(leaderAddress !== undefined, 'a FollowedUser is named by its leader’s address');
    const wallet = (name: string): WalletPort => ({
      copy: (request) => env.WALLET.getByName(name).copy(request),
    });
    this.core = new FollowerCore(workerPorts(context), {
      leaderAddress,
      wallets: { PAPER: wallet(WALLET_NAMES.PAPER), LIVE: wallet(WALLET_NAMES.LIVE) },
      feed: {
        askReading: (leader, sinceMs) => env.LEADER_FEED.getByName(FEED_NAME).askReading(leader, sinceMs),
      },
      writeOutbox: (records) => writeOutbox(env.DB, records),
      readControl: () => readControl(env.DB),
      publishTopics: pageNews(env).report,
    });
  }

  override alarm(): Promise<void> {
    return this.core.alarm();
  }
  async applyControl(control: Control): Promise<void> {
    this.core.applyControl(control);
  }
  observe(request: ObserveRequest): Promise<LeaderCondition | undefined> {
    return this.core.observe(request);
  }
  async seed(positions: readonly SeedPosition[], reading: PositionReading): Promise<void> {
    this.core.seed(positions, reading);
  }
  async status(): Promise<UserStatus> {
    return this.core.status();
  }
}
