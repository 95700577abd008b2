/**
 * The live Wallet's account at the venue: keys in memory only, credentials derived from them, the user channel, and every
 * state that keeps orders from leaving. Each state has a name and a sentence for the operator; none is ever guessed.
 */

import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import type { Side } from '../../../domain/ids.ts';
import type { CashMicros } from '../../../domain/money.ts';
import type {
  AccountProblem,
  BalanceReport,
  CheckItem,
  FillReport,
  OrderReport,
} from '../../../domain/orders/orders.ts';
import type { AccountStatus, AuthState, LiveStatus } from '../../../domain/records/status.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import {
  deriveCredentials,
  type LiveSecrets,
  readLiveSecrets,
} from '../../../polymarket/account/credentials.ts';
import { runLiveCheck } from '../../../polymarket/account/live-check.ts';
import { createTradingApi } from '../../../polymarket/account/trading-api.ts';
import type {
  ApiCredentials,
  OrderSigner,
  TradingApi,
  UserChannel,
} from '../../../polymarket/account/trading-types.ts';
import { createUserChannel } from '../../../polymarket/account/user-channel.ts';
import type { Fetch } from '../../../polymarket/wire/http.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import { VenueError } from '../../../polymarket/wire/venue-error.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { CallSlots } from './call-slots.ts';
import { VenueStanding } from './venue-standing.ts';

export interface LiveDeps {
  /** The Worker's secrets; only their names ever leave this object. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  readonly fetch: Fetch;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  readonly random: () => number;
  readonly clobUrl: string;
  /** Where orders are sent: the CLOB itself, or a relay that only forwards bytes (polymarket-api.md 8.3). */
  readonly orderUrl: string;
  readonly userChannelUrl: string;
  readonly geoblockUrl: string;
  readonly dataUrl: string;
}

export interface Connected {
  readonly signer: OrderSigner;
  readonly credentials: ApiCredentials;
  readonly api: TradingApi;
}

/** The venue refuses signatures of another time; beyond this its answers cannot be relied on (polymarket-api.md 2.2). */
const SKEW_MS_MAX = 5_000;
const CONNECT_RETRY_MS = 10_000;
/** Three readings missed: balance and positions are not known any more. */
const ACCOUNT_AGE_MS_MAX = 3 * 60_000 + 10_000;

export class LiveAccount {
  readonly secrets: LiveSecrets;
  readonly standing: VenueStanding;
  private connected: Connected | undefined;
  private channel: UserChannel | undefined;
  private connecting: Promise<void> | undefined;
  private channelDownSinceMs: number | null;
  private authError = '';
  private nextConnectAtMs = 0;
  private regionAsked = false;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly deps: LiveDeps & { readonly slots: CallSlots },
    private readonly events: {
      readonly onOrder: (report: OrderReport) => void;
      readonly onFills: (reports: readonly FillReport[]) => void;
      readonly onOpen: () => void;
      readonly onRefused: (refused: { readonly reason: string; readonly excerpt: string }) => void;
      /** A row of our own trades or orders was left out of a read, since nobody understands it. */
      readonly onUnread: (row: { readonly reason: string; readonly excerpt: string }) => void;
    },
  ) {
    this.secrets = readLiveSecrets(deps.secrets);
    this.standing = new VenueStanding(ports, kv);
    this.channelDownSinceMs = ports.nowMs();
  }

  ready(): Connected | null {
    return this.connected ?? null;
  }

  /** Derives the credentials and opens the channel, once; after a failure again a little later. Never throws. */
  async connect(): Promise<void> {
    if (this.connected !== undefined || this.secrets.kind !== 'ready') return;
    if (this.connecting === undefined) {
      if (this.ports.nowMs() < this.nextConnectAtMs) return;
      this.connecting = this.derive().finally(() => {
        this.connecting = undefined;
      });
    }
    await this.connecting;
  }

  /** Forgets credentials that the venue refuses; the next connect derives them anew. */
  disconnect(): void {
    this.channel?.stop();
    this.channel = undefined;
    this.connected = undefined;
    this.channelDownSinceMs ??= this.ports.nowMs();
  }

  /** Why no order may leave now; null when the account is ready. */
  gate(side: Side, settings: ModeSettings): ReasonCode | null {
    const nowMs = this.ports.nowMs();
    if (this.secrets.kind !== 'ready') return 'LIVE_AUTH_MISSING';
    if (this.connected === undefined) return 'LIVE_AUTH_FAILED';
    if (this.isOther()) return 'LIVE_ACCOUNT_PROBLEM';
    if (!this.regionAsked) return 'LIVE_ACCOUNT_UNREAD';
    const problem = this.standing.problemReason(side);
    if (problem !== null) return problem;
    if (this.openedAtMs() === undefined) return 'LIVE_ACCOUNT_UNREAD';
    // What the account holds is not known any more; what is held of a leader may still be sold.
    if (side === 'BUY' && this.isStale()) return 'LIVE_ACCOUNT_UNREAD';
    const downMs = this.channelDownSinceMs === null ? 0 : nowMs - this.channelDownSinceMs;
    if (downMs > settings.channelDownMsMax) return 'LIVE_WS_DOWN';
    return this.standing.conditionReason();
  }

  /** Keeps orders from leaving until a person has mended it and switched on again. */
  setProblem(problem: AccountProblem, message: string): void {
    this.standing.setProblem(problem, message);
    if (problem === 'API_KEY_REFUSED') this.disconnect();
  }

  openedAtMs(): number | undefined {
    return this.kv.get('accountOpenedAt');
  }

  collateral(): { readonly balanceMicros: CashMicros; readonly atMs: number } | undefined {
    return this.kv.get('collateral');
  }

  /** Keys are set, and what a start has to ask first has not been answered yet. */
  isStarting(): boolean {
    return (
      this.secrets.kind === 'ready' && (this.connected === undefined || !this.regionAsked || this.isStale())
    );
  }

  /** The books are those of another account than the secrets now name. */
  isOther(): boolean {
    const opened = this.kv.get('accountFunder');
    return (
      opened !== undefined && this.connected !== undefined && opened !== this.connected.signer.funderAddress
    );
  }

  /** The last reading of the account is too old to spend by. */
  isStale(): boolean {
    return this.ports.nowMs() - (this.collateral()?.atMs ?? 0) > ACCOUNT_AGE_MS_MAX;
  }

  /** The balance as just read, and whether the exchange contracts may move any of it. */
  setCollateral(report: BalanceReport): void {
    this.kv.put('collateral', { balanceMicros: report.balanceMicros, atMs: this.ports.nowMs() });
    this.kv.put('allowances', report.allowanceMicros);
    this.kv.put('authProbedAt', this.ports.nowMs());
  }

  /** What one exchange contract may move; zero means that a person has to approve. Undefined where it was not told. */
  allowance(contract: string): bigint | undefined {
    return this.kv.get('allowances')?.[contract.toLowerCase()];
  }

  /** The text without our own key, should anybody ever throw it back at us. Credentials are taken out by the adapters. */
  hide(text: string): string {
    const key = this.deps.secrets.POLYMARKET_PRIVATE_KEY?.trim().replace(/^0x/i, '') ?? '';
    return key.length < 16
      ? text
      : text.replaceAll(new RegExp(key.replaceAll(/[^0-9a-z]/gi, '.'), 'gi'), '…');
  }

  /** Reads the clock and the account's standing. Throws VenueError. */
  async probe(): Promise<void> {
    const ready = this.connected;
    if (ready === undefined) return;
    const venueMs = await ready.api.fetchTimeMs();
    // The venue tells whole seconds.
    const skewMs = Math.abs(this.ports.nowMs() - venueMs);
    if (skewMs > SKEW_MS_MAX + 1_000)
      this.setProblem('CLOCK_SKEW', `the venue's clock differs by ${Math.round(skewMs / 1_000)} s`);
    else this.standing.clearProblem('CLOCK_SKEW');
    if (await ready.api.fetchClosedOnly())
      this.setProblem('CLOSED_ONLY', 'the venue lets this account only close positions');
    else this.standing.clearProblem('CLOSED_ONLY');
  }

  /** A failed read that says something about the account as a whole. */
  readFailed(error: unknown): void {
    if (error instanceof VenueError && error.status === 401)
      this.setProblem('API_KEY_REFUSED', 'the venue refuses the API credentials');
  }

  /** Everything that must be right before orders may leave, in words. Asks, and places nothing. */
  async liveCheck(): Promise<readonly CheckItem[]> {
    const { deps, ports } = this;
    // Its questions count as calls of ours like all others.
    const fetch: Fetch = (input, init) => deps.slots.run('read', ports.timers, () => deps.fetch(input, init));
    const items = await runLiveCheck({
      secrets: this.secrets,
      clobHost: { baseUrl: deps.clobUrl, fetch, nowMs: ports.nowMs },
      orderHost: { baseUrl: deps.orderUrl, fetch, nowMs: ports.nowMs },
      geoblockUrl: deps.geoblockUrl,
      channelState: () => this.channel?.status().state ?? 'STOPPED',
    });
    const region = items.find((item) => item.name === 'region');
    if (region !== undefined) {
      this.kv.put('region', { state: region.state, sentence: region.sentence, atMs: ports.nowMs() });
      if (region.state === 'NOT_READY') this.setProblem('REGION_BLOCKED', region.sentence);
    }
    return items;
  }

  status(): Pick<LiveStatus, 'account' | 'userChannel'> {
    const channel = this.channel?.status();
    return {
      account: this.accountStatus(),
      userChannel: {
        state: channel?.state ?? 'STOPPED',
        reconnects: channel?.reconnects ?? 0,
        downSinceAtMs: this.channelDownSinceMs,
      },
    };
  }

  authState(): AuthState {
    if (this.secrets.kind === 'missing') return 'MISSING';
    if (this.secrets.kind === 'malformed') return 'MALFORMED';
    if (this.connected !== undefined) return 'OK';
    return this.authError === '' ? 'PENDING' : 'FAILED';
  }

  private accountStatus(): AccountStatus {
    const problems = this.standing.problems();
    const condition = this.standing.condition();
    const current = condition !== undefined && condition.untilMs > this.ports.nowMs() ? condition : undefined;
    const rate = this.connected?.api.rate();
    return {
      auth: this.authState(),
      authReason: this.authReason(),
      authProbedAtMs: this.kv.get('authProbedAt') ?? null,
      apiKeyMasked: masked(this.connected?.credentials.apiKey),
      problem:
        problems.length === 0
          ? this.isOther()
            ? 'OTHER_ACCOUNT: the funder is not the one whose books these are; give the old one back, or deploy anew'
            : null
          : problems.map(({ problem, message }) => `${problem}: ${message}`).join('; '),
      venueCondition: current?.condition ?? null,
      venueUntilAtMs: current?.untilMs ?? null,
      rateRemaining: rate?.remaining ?? null,
      rateTier: rate?.tier ?? '',
      rateWarning: rate?.warning ?? '',
      collateralMicros: this.collateral()?.balanceMicros ?? null,
      openedAtMs: this.openedAtMs() ?? null,
      region: this.kv.get('region')?.sentence ?? null,
    };
  }

  private authReason(): string {
    if (this.secrets.kind === 'missing') return `not set: ${this.secrets.names.join(', ')}`;
    if (this.secrets.kind === 'malformed') return this.secrets.sentence;
    return this.authError;
  }

  private async derive(): Promise<void> {
    if (this.secrets.kind !== 'ready') return;
    const { deps, ports } = this;
    try {
      const { signer } = this.secrets;
      const host = { baseUrl: deps.clobUrl, fetch: deps.fetch, nowMs: ports.nowMs };
      const { secrets } = this;
      const credentials = await deps.slots.run('read', ports.timers, () => deriveCredentials(secrets, host));
      const api = createTradingApi({
        host,
        orderHost: { ...host, baseUrl: deps.orderUrl },
        signer,
        credentials,
        onUnread: (row) => this.events.onUnread(row),
      });
      this.connected = { signer, credentials, api };
      this.authError = '';
      this.standing.clearProblem('API_KEY_REFUSED');
      this.openChannel(credentials, signer.funderAddress);
      // Whether orders may leave from here is asked at every start, before the first one does (polymarket-api.md 8.2).
      this.liveCheck()
        .catch((error: unknown) => ports.log('warn', 'the live check failed', { reason: reasonOf(error) }))
        .finally(() => {
          this.regionAsked = true;
        });
    } catch (error) {
      // VenueError messages name host and path only; anything else is told by its name, so that no secret can leak.
      this.authError = error instanceof VenueError ? error.message : 'the credentials could not be derived';
      this.nextConnectAtMs = ports.nowMs() + CONNECT_RETRY_MS;
      ports.log('warn', 'no credentials from the venue yet', { reason: this.authError });
    }
  }

  private openChannel(credentials: ApiCredentials, funderAddress: string): void {
    const { deps, ports } = this;
    const guarded =
      <Input>(run: (input: Input) => void) =>
      (input: Input): void => {
        try {
          run(input);
        } catch (error) {
          ports.log('error', 'a message of the user channel could not be taken', { reason: reasonOf(error) });
        }
      };
    this.channel = createUserChannel({
      url: deps.userChannelUrl,
      credentials,
      funderAddress,
      openSocket: deps.openSocket,
      setTimer: (callback, delayMs) => ports.timers.after(delayMs, callback),
      nowMs: ports.nowMs,
      random: deps.random,
      onOrder: guarded(this.events.onOrder),
      onFills: guarded(this.events.onFills),
      onOpen: this.events.onOpen,
      onRefused: this.events.onRefused,
      hide: (text) => this.hide(text),
      onState: (open) => {
        if (open) this.channelDownSinceMs = null;
        else this.channelDownSinceMs ??= ports.nowMs();
      },
    });
    this.channel.start();
  }
}

/** The first and last characters of the API-key id, which stands in every order body but never on a screen whole. */
function masked(apiKey: string | undefined): string {
  return apiKey === undefined || apiKey.length < 12 ? '' : `${apiKey.slice(0, 4)}…${apiKey.slice(-4)}`;
}
