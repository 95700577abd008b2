/**
 * A socket to the venue that comes back by itself: bounded backoff, text pings, and a watchdog that closes a socket on
 * which data has stopped. Each connection has a generation, so that what a former one still says changes nothing (W32).
 */
import type { Fetch } from './http.ts';
import { VenueError } from './venue-error.ts';

/** One connection. Callbacks may be set once each, at once after it was opened. */
export interface RawSocket {
  send(text: string): void;
  close(): void;
  onMessage(callback: (data: string | ArrayBuffer) => void): void;
  onClose(callback: () => void): void;
}

export type SocketState = 'STOPPED' | 'CONNECTING' | 'OPEN' | 'WAITING';

export interface SocketStatus {
  readonly state: SocketState;
  /** Connections after the first. */
  readonly reconnects: number;
  readonly frames: number;
  /** Frames that were too large or not text. */
  readonly refusedFrames: number;
  /** Zero while it never happened, like the two below. */
  readonly lastOpenAtMs: number;
  readonly lastFrameAtMs: number;
  /** Data, that is, not an answer to a ping: a frozen channel still answers those. */
  readonly lastDataAtMs: number;
  /** Why the last connection ended; '' before that. */
  readonly lastEnd: string;
}

export interface VenueSocketOptions {
  readonly url: string;
  readonly openSocket: (url: string) => Promise<RawSocket>;
  /** Called for every new connection: subscribe here, since nothing is carried over. */
  readonly onOpen: (send: (text: string) => void) => void;
  /** Data only; answers to pings are kept from it. */
  readonly onText: (text: string) => void;
  readonly onState?: (state: SocketState) => void;
  readonly pingEveryMs: number;
  readonly pingText?: string;
  /** Without data for this long the connection is closed and made anew. */
  readonly silentAfterMs: number;
  /** Answers to pings count as data for the watchdog: for channels on which quiet is normal. */
  readonly answersCount?: boolean;
  /** Runs the callback once after the delay; returns what cancels it. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
  /** 0…1, for the jitter. */
  readonly random: () => number;
}

export interface VenueSocket {
  start(): void;
  /** Closes for good; no timer is left. `start` begins anew. */
  stop(): void;
  /** Closes the connection and makes another, after the usual wait. */
  reconnect(why: string): void;
  /** False when there is no open connection: then nothing was sent. */
  send(text: string): boolean;
  status(): SocketStatus;
}

/** The wait doubles from the first to the last with each failure in a row, less up to half by jitter. */
export const BACKOFF_MS_MIN = 1_000;
export const BACKOFF_MS_MAX = 60_000;
/** A handshake that has not ended by then has failed. */
export const OPEN_TIMEOUT_MS = 15_000;
/** Larger frames are not read; the parsers have their own, smaller limits. */
export const SOCKET_FRAME_CHARS_MAX = 16 * 1_048_576;

/** A stopped socket; `start` opens it. Never throws: failures show in the status and lead to the next attempt. */
export function createVenueSocket(options: VenueSocketOptions): VenueSocket {
  return new ReconnectingSocket(options);
}

/** min × 2^failures, at most the maximum, less up to half of it. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures, 16));
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
      // A socket that is closing throws; its close event may come late or never.
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
      // Came after its time was up: another connection is being made, or none is wanted.
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

  /** Pings, and looks whether data has stopped: silence counts from the opening on. */
  private tick(generation: number): void {
    if (generation !== this.generation) return;
    this.wait(() => {
      const lastHeardAtMs = this.options.answersCount === true ? this.lastFrameAtMs : this.lastDataAtMs;
      const heardAtMs = Math.max(this.lastOpenAtMs, lastHeardAtMs);
      if (this.options.nowMs() - heardAtMs >= this.options.silentAfterMs) {
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
    this.lastDataAtMs = this.lastFrameAtMs;
    // Only data proves a connection good: a venue that accepts and closes at once must not be called each second.
    this.failures = 0;
    this.options.onText(text);
  }

  private end(generation: number, why: string): void {
    if (generation !== this.generation || this.state === 'STOPPED') return;
    this.drop(why);
    const delayMs = backoffMs(this.failures, this.options.random());
    this.failures += 1;
    this.become('WAITING');
    this.wait(() => this.connect(), delayMs);
  }

  /** Makes whatever the present connection still says meaningless, and closes it. */
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
    // Closed already, or never quite open: either way it is gone.
  }
}

function textOf(data: string | ArrayBuffer): string | undefined {
  if (typeof data === 'string') return data.length <= SOCKET_FRAME_CHARS_MAX ? data : undefined;
  if (!(data instanceof ArrayBuffer) || data.byteLength > SOCKET_FRAME_CHARS_MAX) return undefined;
  return new TextDecoder().decode(data);
}

/**
 * A connection from a Worker: `fetch` with an upgrade, since fetch of a ws address throws there. Throws VenueError when
 * the server does not upgrade.
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
  // Since 2026-03-17 binary frames would come as Blobs, which can only be read asynchronously.
  socket.binaryType = 'arraybuffer';
  socket.accept();
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    onMessage(callback) {
      socket.addEventListener('message', (event) => callback(event.data as string | ArrayBuffer));
    },
    onClose(callback) {
      socket.addEventListener('close', () => callback());
      socket.addEventListener('error', () => callback());
    },
  };
}
