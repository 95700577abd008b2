/** The FollowedUser object: a shell around FollowerCore, one for each leader's address. */
import { DurableObject } from 'cloudflare:workers';
import { parseLeaderAddress, type TradingMode } from '../domain/ids.ts';
import type { LeaderCondition, UserStatus } from '../domain/records/status.ts';
import type { Control } from '../domain/settings/control.ts';
import { readControl } from '../ledger/write/control-store.ts';
import type { ObjectEnv } from './env.ts';
import { FollowerCore } from './follower/follower-core.ts';
import { pageNews } from './platform/page-news.ts';
import { roleOf } from './platform/role.ts';
import { feedStub, walletStub } from './platform/stubs.ts';
import { UsageMeter } from './platform/usage-meter.ts';
import { workerPorts } from './platform/workerd.ts';
import type { FollowedUserRpc, ObserveRequest, PositionReading, SeedPosition, WalletPort } from './rpc.ts';

export class FollowedUser extends DurableObject<ObjectEnv> implements FollowedUserRpc {
  private readonly core: FollowerCore;

  constructor(context: DurableObjectState, env: ObjectEnv) {
    super(context, env);
    const meter = new UsageMeter('users', () => Date.now());
    const ports = workerPorts(context, meter);
    const leaderAddress = roleOf(ports, context.id.name, parseLeaderAddress);
    const wallet = (mode: TradingMode): WalletPort => ({
      copy: (request) => walletStub(env, mode).copy(request),
    });
    const core = new FollowerCore(ports, {
      leaderAddress,
      wallets: { PAPER: wallet('PAPER'), LIVE: wallet('LIVE') },
      feed: {
        askReading: (leader, sinceMs) => feedStub(env).askReading(leader, sinceMs),
      },
      writeOutbox: (records) => meter.writeOutbox(env.DB, records),
      readControl: () => readControl(env.DB),
      publishTopics: pageNews(env).report,
    });
    this.core = meter.counted(core);
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
  async release(): Promise<string> {
    return this.env.RELEASE?.id ?? '';
  }
}
