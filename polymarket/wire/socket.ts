/**
 * A reconnecting socket to the venue: limited backoff, text pings, and a watchdog that closes the connection when data
 * stops. Each connection has a generation, so that late events of an earlier one are ignored (W32).
 */
import type { SocketState } from '../../domain/records/status.ts';
import { growingPauseMs } from '../../domain/time.ts';
import type { Fetch } from './http.ts';
import { VenueError } from './venue-error.ts';

/** One connection. Each callback may be set once, right after opening. */
export interface RawSocket {
  send(text: string): void;
  close(): void;
  onMessage(callback: (data: string | ArrayBuffer) => void): void;
  onClose(callback: () => void): void;
}

export interface SocketStatus {
  readonly state: SocketState;
  /** Connections after the first. */
  readonly reconnects: number;
  readonly frames: number;
  /** Frames that were too large or not text. */
  readonly refusedFrames: number;
  /** Zero until the first one; likewise the two below. */
  readonly lastOpenAtMs: number;
  readonly lastFrameAtMs: number;
  /** Data only, not answers to pings: a frozen channel still answers pings. */
  readonly lastDataAtMs: number;
  /** Why the last connection ended; '' before that. */
  readonly lastEnd: string;
}

export interface VenueSocketOptions {
  readonly url: string;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  /** Called for every new connection: subscribe here, because the venue forgets subscriptions. */
  readonly onOpen: (send: (text: string) => void) => void;
  /** Called with data only, not with answers to pings. False: the frame was not what was asked for, and is no sign of life. */
  readonly onText: (text: string) => unknown;
  readonly onState?: (state: SocketState) => void;
  readonly pingEveryMs: number;
  readonly pingText?: string;
  /** After this long without data the connection is closed and a new one opened. */
  readonly silentAfterMs: number;
  /** The watchdog also counts answers to pings: for channels that are normally quiet. */
  readonly answersCount?: boolean;
  /** Runs the callback once after the delay; returns a function that cancels it. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

export interface VenueSocket {
  start(): void;
  /** Closes the connection and cancels the timer; `start` may be called again. */
  stop(): void;
  /** Closes the connection and opens another after the usual backoff. */
  reconnect(why: string): void;
  /** False when there is no open connection and nothing was sent. */
  send(text: string): boolean;
  status(): SocketStatus;
}

/** The backoff doubles with each consecutive failure, from min to max, less up to half of it as jitter. */
export const BACKOFF_MS_MIN = 1_000;
export const BACKOFF_MS_MAX = 60_000;
/** A handshake that takes longer counts as failed. */
export const OPEN_TIMEOUT_MS = 15_000;
/** Larger frames are dropped; the parsers have smaller limits of their own. */
export const SOCKET_FRAME_CHARS_MAX = 16 * 1_048_576;

/** A stopped socket; `start` opens it. Never throws: failures appear in the status and lead to a retry. */
export function createVenueSocket(options: VenueSocketOptions): VenueSocket {
  return new ReconnectingSocket(options);
}

/** min × 2^failures, at most max, less up to half of that as jitter. */
export function backoffMs(failures: number, random: number): number {
  const full = growingPauseMs(failures, { leastMs: BACKOFF_MS_MIN, mostMs: BACKOFF_MS_MAX });
  return Math.round(full * (1 - random / 2));
}

class ReconnectingSocket implements VenueSocket {
  private readonly options: VenueSocketOptions;
  private generation = 0;
  private raw: RawSocket | undefined;
  private state: SocketState = 'STOPPED';
  private failures = 0;
  private connections = 0;
  private frames = 0;
  private refusedFrames = 0;
  private lastOpenAtMs = 0;
  private lastFrameAtMs = 0;
  private lastDataAtMs = 0;
  private lastEnd = '';
  private cancelTimer: () => void = () => {};

  constructor(options: VenueSocketOptions) {
    this.options = options;
  }

  start(): void {
    if (this.state !== 'STOPPED') return;
    this.failures = 0;
    this.connect();
  }

  stop(): void {
    if (this.state === 'STOPPED') return;
    this.drop('stopped');
    this.become('STOPPED');
  }

  reconnect(why: string): void {
    if (this.state === 'CONNECTING' || this.state === 'OPEN') this.end(this.generation, why);
  }

  send(text: string): boolean {
    const { raw } = this;
    if (raw === undefined || this.state !== 'OPEN') return false;
    try {
      raw.send(text);
      return true;
    } catch (error) {
      // A closing socket throws here, and its close event may come late or never.
      this.end(this.generation, `send failed (${nameOf(error)})`);
      return false;
    }
  }

  status(): SocketStatus {
    return {
      state: this.state,
      reconnects: Math.max(0, this.connections - 1),
      frames: this.frames,
      refusedFrames: this.refusedFrames,
      lastOpenAtMs: this.lastOpenAtMs,
      lastFrameAtMs: this.lastFrameAtMs,
      lastDataAtMs: this.lastDataAtMs,
      lastEnd: this.lastEnd,
    };
  }

  private connect(): void {
    this.generation += 1;
    const generation = this.generation;
    this.connections += 1;
    this.become('CONNECTING');
    this.wait(() => this.end(generation, 'the handshake took too long'), OPEN_TIMEOUT_MS);
    this.options.openSocket(this.options.url).then(
      (raw) => this.opened(generation, raw),
      (error: unknown) => this.end(generation, `could not connect (${nameOf(error)})`),
    );
  }

  private opened(generation: number, raw: RawSocket): void {
    if (generation !== this.generation) {
      // Opened after the timeout or after stop(): this connection is no longer wanted.
      closeQuietly(raw);
      return;
    }
    this.raw = raw;
    raw.onClose(() => this.end(generation, 'closed by the venue'));
    raw.onMessage((data) => this.received(generation, data));
    this.lastOpenAtMs = this.options.nowMs();
    this.become('OPEN');
    this.tick(generation);
    this.options.onOpen((text) => {
      if (generation === this.generation) this.send(text);
    });
  }

  /** Sends the next ping, or ends the connection when data has stopped; silence counts from its opening. */
  private tick(generation: number): void {
    if (generation !== this.generation) return;
    this.wait(() => {
      const lastReceivedAtMs = this.options.answersCount === true ? this.lastFrameAtMs : this.lastDataAtMs;
      const silentSinceMs = Math.max(this.lastOpenAtMs, lastReceivedAtMs);
      if (this.options.nowMs() - silentSinceMs >= this.options.silentAfterMs) {
        this.end(generation, 'no data');
        return;
      }
      this.send(this.options.pingText ?? 'PING');
      this.tick(generation);
    }, this.options.pingEveryMs);
  }

  private received(generation: number, data: string | ArrayBuffer): void {
    if (generation !== this.generation) return;
    this.frames += 1;
    this.lastFrameAtMs = this.options.nowMs();
    const text = textOf(data);
    if (text === undefined) {
      this.refusedFrames += 1;
      return;
    }
    if (text === '' || text === 'PONG' || text === 'pong') {
      if (this.options.answersCount === true) this.failures = 0;
      return;
    }
    const before = this.lastDataAtMs;
    this.lastDataAtMs = this.lastFrameAtMs;
    if (this.options.onText(text) === false) this.lastDataAtMs = before;
    // Only data resets the backoff: a venue that accepts and then closes must not be retried every second.
    else this.failures = 0;
  }

  private end(generation: number, why: string): void {
    if (generation !== this.generation || this.state === 'STOPPED') return;
    this.drop(why);
    const delayMs = backoffMs(this.failures, this.options.random());
    this.failures += 1;
    this.become('WAITING');
    this.wait(() => this.connect(), delayMs);
  }

  /** Closes the current connection; the new generation makes its late events count for nothing. */
  private drop(why: string): void {
    this.generation += 1;
    this.lastEnd = why;
    this.cancelTimer();
    const { raw } = this;
    this.raw = undefined;
    if (raw !== undefined) closeQuietly(raw);
  }

  private wait(callback: () => void, delayMs: number): void {
    this.cancelTimer();
    this.cancelTimer = this.options.setTimer(callback, delayMs);
  }

  private become(state: SocketState): void {
    if (state === this.state) return;
    this.state = state;
    this.options.onState?.(state);
  }
}

function nameOf(error: unknown): string {
  if (error instanceof VenueError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}

function closeQuietly(raw: RawSocket): void {
  try {
    raw.close();
  } catch {
    // Already closed, or never fully open.
  }
}

function textOf(data: string | ArrayBuffer): string | undefined {
  if (typeof data === 'string') return data.length <= SOCKET_FRAME_CHARS_MAX ? data : undefined;
  if (!(data instanceof ArrayBuffer) || data.byteLength > SOCKET_FRAME_CHARS_MAX) return undefined;
  return new TextDecoder().decode(data);
}

/**
 * Opens a connection from a Worker: `fetch` of the http address with an Upgrade header, because fetch of a ws address
 * throws there. Throws VenueError when the server does not upgrade.
 */
export async function openWorkerSocket(fetch: Fetch, url: string): Promise<RawSocket> {
  const address = url.replace(/^ws(s?):/i, 'http$1:');
  const response = await fetch(address, { headers: { Upgrade: 'websocket' } });
  const socket = response.webSocket;
  if (socket === null || socket === undefined) {
    await response.body?.cancel();
    const { host, pathname } = new URL(address);
    throw new VenueError({
      kind: 'status',
      status: response.status,
      message: `socket ${host}${pathname}: status ${response.status}, no upgrade`,
    });
  }
  // From compatibility date 2026-03-17 binary frames would be Blobs, which can only be read asynchronously.
  socket.binaryType = 'arraybuffer';
  socket.accept();
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    onMessage(callback) {
      // Safe cast: with binaryType 'arraybuffer' the data of a frame has only these two types.
      socket.addEventListener('message', (event) => callback(event.data as string | ArrayBuffer));
    },
    onClose(callback) {
      socket.addEventListener('close', () => callback());
      socket.addEventListener('error', () => callback());
    },
  };
}
