/**
 * The usual beginning of a whole-system test: one followed leader, one frozen market with a deep book at 0.49/0.50, and
 * short words for what the leader does and what the operator then sees.
 */

import type { Side, TradingMode } from '../../../domain/ids.ts';
import type { CopyAttemptRecord } from '../../../domain/records/records.ts';
import type { FollowedUserControl } from '../../../domain/settings/control.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { Market } from '../../../simulator/model/model.ts';
import { World, type WorldOptions } from './world.ts';

export const DOLLAR = 1_000_000n;
/** Match to RTDS takes about two seconds and the group a quarter more: by then a copy has been decided. */
export const COPIED_MS = 5_000;

/** A tenth of what the leader does, with no cap in the way. */
export const AT_A_TENTH = {
  copyRateBps: 1_000,
  maxTradeBankrollBps: 10_000,
  marketExposureBpsMax: 100_000,
  leaderExposureBpsMax: 100_000,
  totalExposureBpsMax: 100_000,
};

/** Of the markets in cents the one that closes last. */
export function lastingMarket(world: World): Market {
  return world.exchange
    .markets()
    .filter((one) => one.tick === 10_000n)
    .sort((left, right) => right.closeAtMs - left.closeAtMs)[0]!;
}

export class Scene {
  private received = 0;

  readonly leader: string;
  readonly token: string;
  readonly other: string;
  readonly conditionId: string;

  protected constructor(
    readonly world: World,
    market: Market,
  ) {
    this.leader = world.exchange.leaders()[0]!.address;
    [this.token, this.other] = market.tokens;
    this.conditionId = market.conditionId;
  }

  /** A world in which one leader is followed at a tenth of the size; only the test trades. */
  static async open(options: WorldOptions & { readonly follow?: boolean } = {}): Promise<Scene> {
    const world = new World({
      quietMarket: true,
      ...options,
      settings: { ...AT_A_TENTH, ...options.settings },
    });
    await world.start();
    const scene = new Scene(world, lastingMarket(world));
    await scene.raise(options.follow !== false);
    return scene;
  }

  protected async raise(follow: boolean): Promise<void> {
    this.deepBook();
    if (!follow) return;
    await this.world.follow(this.leader);
    await this.world.advance(2_000);
  }

  deepBook(): void {
    this.world.exchange.setBook(this.token, {
      bids: [['0.49', '100000']],
      asks: [['0.50', '100000']],
    });
  }

  /** The operator saves other settings of paper. */
  async settings(part: Partial<ModeSettings>): Promise<void> {
    await this.world.change((control) => ({
      ...control,
      settings: { ...control.settings, PAPER: { ...control.settings.PAPER, ...part } },
    }));
  }

  /** The operator changes what is wanted of the leader. */
  async wish(part: Partial<FollowedUserControl>): Promise<void> {
    await this.world.change((control) => ({
      ...control,
      followedUsers: control.followedUsers.map((user) =>
        user.leaderAddress === this.leader ? { ...user, ...part } : user,
      ),
    }));
  }

  /** The frozen market now has other prices. */
  async moves(bid: string, ask: string): Promise<void> {
    this.world.exchange.setBook(this.token, { bids: [[bid, '100000']], asks: [[ask, '100000']] });
    await this.world.advance(1_000);
  }

  /** The leader takes what the book has; throws when the exchange refused. */
  trade(side: Side, shares: string, more: { leader?: string; token?: string } = {}): void {
    const outcome = this.world.exchange.leaderTrade({
      leader: more.leader ?? this.leader,
      tokenId: more.token ?? this.token,
      side,
      shares,
    });
    if (outcome.kind === 'refused') throw new Error(outcome.error);
  }

  /** The leader trades and the copy is decided. */
  async copied(side: Side, shares: string): Promise<void> {
    this.trade(side, shares);
    await this.world.advance(COPIED_MS);
  }

  /** A fill of the leader, stamped now, arrives by the stream; each is of another transaction. */
  async receives(side: Side, shares: number, price = 0.5): Promise<void> {
    this.received += 1;
    const payload = {
      proxyWallet: this.leader,
      transactionHash: `0x${this.received.toString(16).padStart(64, '0')}`,
      asset: this.token,
      conditionId: this.conditionId,
      side,
      size: shares,
      price,
      timestamp: Math.floor(this.world.nowMs / 1_000),
    };
    await this.world.say('rtds', JSON.stringify({ topic: 'activity', type: 'trades', payload }));
  }

  attempts(mode: TradingMode = 'PAPER'): readonly CopyAttemptRecord[] {
    return this.world
      .rows('attempt')
      .filter((row) => row.mode === mode)
      .sort((left, right) => left.decidedAtMs - right.decidedAtMs);
  }

  /** Decision and reasons of every attempt, in order. */
  decisions(mode: TradingMode = 'PAPER'): readonly string[] {
    return this.attempts(mode).map((row) => [row.decision, ...row.reasons].join(' '));
  }

  /** Shares that the ledger says are held of the token; as whole shares where they are whole. */
  held(mode: TradingMode = 'PAPER'): bigint {
    return this.world
      .rows('ledger')
      .filter((row) => row.mode === mode && row.tokenId === this.token)
      .reduce((sum, row) => sum + row.shareDeltaMicros, 0n);
  }
}
