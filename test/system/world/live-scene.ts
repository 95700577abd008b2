/**
 * The usual beginning of a whole-system test of live trading: the scene of paper, and a practice account behind the live
 * Wallet. Short words for the operator's commands, for what D1 then shows, and for what the exchange itself knows.
 */

import { parseLeaderAddress } from '../../../domain/ids.ts';
import type { LiveFillRecord, LiveOrderRecord } from '../../../domain/records/live-records.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { EntryState, LiveOverride, LiveState } from '../../../domain/settings/switches.ts';
import type { LiveAcknowledgement } from '../../../durable-objects/rpc.ts';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { type Account, accountOf } from '../../../simulator/model/model.ts';
import type { PlacedOrder } from '../../../simulator/model/trading-model.ts';
import { AT_A_TENTH, lastingMarket, Scene } from './scene.ts';
import { World, type WorldOptions } from './world.ts';

/** Long enough for a group, its order, and the settlement of its trades. */
export const SETTLED_MS = 30_000;

export interface LiveOptions extends WorldOptions {
  readonly follow?: boolean;
  /** What the operator has switched to before the test begins; ON unless said. */
  readonly state?: LiveState;
  /** Slug of the market; the lasting one unless said. */
  readonly market?: string;
}

export class LiveScene extends Scene {
  static override async open(options: LiveOptions = {}): Promise<LiveScene> {
    const world = new World({
      quietMarket: true,
      trader: {},
      ...options,
      settings: { ...AT_A_TENTH, ...options.settings },
      live: { ...LIVE_AT_A_TENTH, ...options.live },
    });
    await world.start();
    const named = world.exchange.markets().find((market) => market.slug === options.market);
    const scene = new LiveScene(world, named ?? lastingMarket(world));
    await scene.raise(options.follow !== false);
    // The account connects and is read.
    await world.advance(2_000);
    const state = options.state ?? 'ON';
    if (state !== 'OFF') await scene.switchLive(state);
    await world.advance(1_000);
    return scene;
  }

  /** The operator goes to a state, and to ON only by way of SHADOW (R102). */
  async switchLive(state: LiveState): Promise<LiveAcknowledgement> {
    if (state === 'ON' && this.facts().trading === 'OFF') await this.press('SHADOW');
    return this.press(state);
  }

  /** The operator presses a global button: OFF goes to the Wallet first, the rest to D1 first (design.md 3). */
  async press(state: LiveState): Promise<LiveAcknowledgement> {
    const { world } = this;
    const save = (): Promise<void> => world.change((control) => ({ ...control, liveTrading: state }));
    if (state !== 'OFF') await save();
    const answer = world.live.setLive(state);
    if (state === 'OFF' && world.ledger.manner !== 'down') await save();
    await world.settle();
    return answer;
  }

  /** The operator presses a button of the leader. */
  async switchLeader(override: LiveOverride): Promise<LiveAcknowledgement<LiveOverride>> {
    const save = (): Promise<void> => this.wish({ liveOverride: override });
    if (override !== 'FORCE_OFF') await save();
    const answer = this.world.live.setUserLive(parseLeaderAddress(this.leader)!, override);
    if (override === 'FORCE_OFF' && this.world.ledger.manner !== 'down') await save();
    await this.world.settle();
    return answer;
  }

  /** The operator stops entries, or allows them again, for all leaders or for the one of the scene. */
  async switchEntries(
    state: EntryState,
    whom: 'all' | 'leader' = 'all',
  ): Promise<LiveAcknowledgement<EntryState>> {
    const { world } = this;
    const save = (): Promise<void> =>
      whom === 'leader'
        ? this.wish({ liveEntries: state })
        : world.change((control) => ({ ...control, liveEntries: state }));
    if (state !== 'OFF') await save();
    const leaderAddress = whom === 'leader' ? parseLeaderAddress(this.leader)! : null;
    const answer = world.live.setEntries({ leaderAddress, state, askedAtMs: world.nowMs + 1 });
    if (state === 'OFF' && world.ledger.manner !== 'down') await save();
    await world.settle();
    return answer;
  }

  /** The operator saves other settings of live. */
  async liveSettings(part: Partial<ModeSettings>): Promise<void> {
    await this.world.change((control) => ({
      ...control,
      settings: { ...control.settings, LIVE: { ...control.settings.LIVE, ...part } },
    }));
  }

  fault(spec: Omit<FaultSpec, 'count'> & { readonly count?: number | null }): void {
    this.world.exchange.faults.add({ count: 1, ...spec });
  }

  /** Orders as people see them, in the order in which they were made. */
  orders(): readonly LiveOrderRecord[] {
    return this.world.rows('liveOrder').sort((left, right) => left.createdAtMs - right.createdAtMs);
  }

  fills(): readonly LiveFillRecord[] {
    return this.world.rows('liveFill').sort((left, right) => left.matchedAtMs - right.matchedAtMs);
  }

  /** The orders that have left, each as its POST had it, also several in one call. */
  posts(): readonly string[] {
    return this.world.venue.walletCalls
      .filter((call) => call.name.startsWith('POST /order'))
      .flatMap(({ name, body }) => (name === 'POST /orders' ? ordersOf(body) : [body]));
  }

  /** Every order of the account that the exchange ever took, killed ones too; others than ours stand there by `origin`. */
  taken(): readonly PlacedOrder[] {
    const { orders } = this.world.exchange.world.trading;
    return [...orders.values()].filter((order) => order.funder === this.world.funderAddress);
  }

  /** Cash and shares of the account, as the exchange knows them. */
  account(): Account {
    return accountOf(this.world.exchange.world, this.world.funderAddress);
  }

  /** What the live Wallet reports about itself, under the names that the tests use. */
  facts() {
    const { live, ...wallet } = this.world.live.status();
    const { account, userChannel, orders, reconciliation, ...rest } = live!;
    return {
      ...wallet,
      ...rest,
      ...account,
      accountProblem: account.problem,
      accountOpenedAtMs: account.openedAtMs,
      userChannel: userChannel.state,
      userChannelReconnects: userChannel.reconnects,
      unresolvedOrders: orders.unresolved,
      overdueOrders: orders.overdue,
      reconcileError: reconciliation.error,
      alertingDifferences: reconciliation.alertingDifferences,
    };
  }
}

function ordersOf(body: string): readonly string[] {
  return (JSON.parse(body) as unknown[]).map((order) => JSON.stringify(order));
}

/** As on paper, and ON right after SHADOW: what comes of that time is a test of its own. */
export const LIVE_AT_A_TENTH: Partial<ModeSettings> = {
  ...AT_A_TENTH,
  maxTradeNotionalMicros: 250_000_000,
  shadowMsMin: 0,
};
