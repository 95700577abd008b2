/**
 * The connection to the live account: the key in memory only, the API credentials derived from it, and the user channel that
 * reports our orders and trades. Nothing here is stored; after a restart it connects again.
 */
import type { FillReport, OrderReport } from '../../../../domain/orders/orders.ts';
import type { AuthState, LiveStatus, SocketState } from '../../../../domain/records/status.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import { deriveCredentials, type LiveSecrets } from '../../../../polymarket/account/credentials.ts';
import { createTradingApi } from '../../../../polymarket/account/trading-api.ts';
import type {
  ApiCredentials,
  OrderSigner,
  TradingApi,
  UserChannel,
} from '../../../../polymarket/account/trading-types.ts';
import { createUserChannel } from '../../../../polymarket/account/user-channel.ts';
import { VenueError } from '../../../../polymarket/wire/venue-error.ts';
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { CallSlots } from './call-slots.ts';
import type { LiveCheck } from './live-check.ts';
import type { LiveDeps } from './live-deps.ts';

/** The signer, its credentials and the API that uses both. */
export interface Connected {
  readonly signer: OrderSigner;
  readonly credentials: ApiCredentials;
  readonly api: TradingApi;
}

/** Input of ours that could not be parsed; all of it is hostile text. */
export interface RefusedInput {
  readonly reason: string;
  readonly excerpt: string;
}

/** Who receives what the connection reports. */
export interface ConnectionEvents {
  onOrder(report: OrderReport): void;
  onFills(reports: readonly FillReport[]): void;
  /** The user channel is open; it never replays, so what happened before must be read. */
  onOpen(): void;
  onRefused(refused: RefusedInput): void;
  /** A row of our own trades or orders was left out of a read because it could not be parsed. */
  onUnread(row: RefusedInput): void;
}

const CONNECT_RETRY_MS = 10 * SECOND_MS;
/** Shorter texts are no private key; hiding them would make every message unreadable. */
const KEY_LENGTH_MIN = 16;

export class LiveConnection {
  private connected: Connected | undefined;
  private channel: UserChannel | undefined;
  private connecting: Promise<void> | undefined;
  private channelDownSinceMs: number | null;
  private authError = '';
  private nextConnectAtMs = 0;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: LiveDeps,
    readonly secrets: LiveSecrets,
    private readonly slots: CallSlots,
    private readonly check: LiveCheck,
    private readonly events: ConnectionEvents,
  ) {
    this.channelDownSinceMs = ports.nowMs();
  }

  ready(): Connected | null {
    return this.connected ?? null;
  }

  /** Derives the credentials, once, and opens the channel; after a failure again a little later. Never throws. */
  async connect(withChannel = true): Promise<void> {
    if (this.connected === undefined) await this.credentials();
    if (this.connected === undefined || !withChannel || this.channel !== undefined) return;
    const { credentials, signer } = this.connected;
    this.channel = this.openChannel(credentials, signer.funderAddress);
  }

  /** An open channel keeps the object awake. */
  closeChannel(): void {
    this.channel?.stop();
    this.channel = undefined;
    this.channelDownSinceMs ??= this.ports.nowMs();
  }

  /** Forgets credentials that the venue refuses; the next connect derives them anew. */
  disconnect(): void {
    this.closeChannel();
    this.connected = undefined;
  }

  /** For how long the user channel has been down; zero while it is open. */
  channelDownMs(): number {
    return this.channelDownSinceMs === null ? 0 : this.ports.nowMs() - this.channelDownSinceMs;
  }

  channelState(): SocketState {
    return this.channel?.status().state ?? 'STOPPED';
  }

  channelStatus(): LiveStatus['userChannel'] {
    return {
      state: this.channelState(),
      reconnects: this.channel?.status().reconnects ?? 0,
      downSinceAtMs: this.channelDownSinceMs,
    };
  }

  authState(): AuthState {
    if (this.secrets.kind === 'missing') return 'MISSING';
    if (this.secrets.kind === 'malformed') return 'MALFORMED';
    if (this.ready() !== null) return 'OK';
    return this.authError === '' ? 'PENDING' : 'FAILED';
  }

  authReason(): string {
    if (this.secrets.kind === 'missing') return `not set: ${this.secrets.names.join(', ')}`;
    if (this.secrets.kind === 'malformed') return this.secrets.sentence;
    return this.authError;
  }

  private async credentials(): Promise<void> {
    if (this.secrets.kind !== 'ready') return;
    if (this.connecting === undefined) {
      if (this.ports.nowMs() < this.nextConnectAtMs) return;
      this.connecting = this.derive().finally(() => {
        this.connecting = undefined;
      });
    }
    await this.connecting;
  }

  private async derive(): Promise<void> {
    const { deps, ports, secrets } = this;
    if (secrets.kind !== 'ready') return;
    try {
      const { signer } = secrets;
      const host = { baseUrl: deps.clobUrl, fetch: deps.fetch, nowMs: ports.nowMs };
      const credentials = await this.slots.run('read', ports.timers, () => deriveCredentials(secrets, host));
      const api = createTradingApi({
        host,
        orderHost: { ...host, baseUrl: deps.orderUrl },
        signer,
        credentials,
        onUnread: (row) => this.events.onUnread(row),
      });
      this.connected = { signer, credentials, api };
      this.authError = '';
      this.check.connected(() => this.channelState());
    } catch (error) {
      // A VenueError names only host and path. Of anything else only this sentence is shown, so that no secret can leak.
      this.authError = error instanceof VenueError ? error.message : 'the credentials could not be derived';
      const clock =
        error instanceof VenueError && error.status === 401 ? await this.check.clockProblem() : undefined;
      if (clock !== undefined) this.authError = `${clock} Until then the venue refuses the key.`;
      this.nextConnectAtMs = ports.nowMs() + CONNECT_RETRY_MS;
      ports.log('warn', 'no credentials from the venue yet', { reason: this.authError });
    }
  }

  private openChannel(credentials: ApiCredentials, funderAddress: string): UserChannel {
    const { deps, ports, events } = this;
    const channel = createUserChannel({
      url: deps.userChannelUrl,
      credentials,
      funderAddress,
      openSocket: deps.openSocket,
      setTimer: (callback, delayMs) => ports.timers.after(delayMs, callback),
      nowMs: ports.nowMs,
      random: deps.random,
      onOrder: (report) => this.guarded(() => events.onOrder(report)),
      onFills: (reports) => this.guarded(() => events.onFills(reports)),
      onOpen: () => events.onOpen(),
      onRefused: (refused) => events.onRefused(refused),
      hide: (text) => this.hide(text),
      onState: (open) => {
        if (open) this.channelDownSinceMs = null;
        else this.channelDownSinceMs ??= ports.nowMs();
      },
    });
    channel.start();
    return channel;
  }

  /** A report that cannot be booked must not end the channel. */
  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.ports.log('error', 'a message of the user channel could not be booked', {
        reason: reasonOf(error),
      });
    }
  }

  /** The text without our own key, in case a message repeats it. Credentials are taken out by the adapters. */
  private hide(text: string): string {
    const key = this.deps.secrets.POLYMARKET_PRIVATE_KEY?.trim().replace(/^0x/i, '') ?? '';
    return key.length < KEY_LENGTH_MIN
      ? text
      : text.replaceAll(new RegExp(key.replaceAll(/[^0-9a-z]/gi, '.'), 'gi'), '…');
  }
}
