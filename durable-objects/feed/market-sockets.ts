/** The market channel's sockets: at most 200 tokens on each. After a reconnect a socket subscribes to all of its tokens. */
import type { TokenId } from '../../domain/ids.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import {
  subscribeFrame,
  subscribeMoreFrame,
  TOKENS_PER_SOCKET_MAX,
  unsubscribeFrame,
} from '../../polymarket/public/market-channel.ts';
import { createVenueSocket, type RawSocket, type VenueSocket } from '../../polymarket/wire/socket.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { BookSubscriptions } from './live-books.ts';

const SOCKETS = 2;
const PING_MS = 10 * SECOND_MS;
/** Markets are quiet at night, so only a long silence reconnects a socket. Single silent tokens are checked by REST. */
const SILENT_MS = 2 * MINUTE_MS;

interface Line {
  readonly socket: VenueSocket;
  readonly tokens: Set<TokenId>;
}

/** What takes the frames of the channel, and learns when a connection is lost. */
export interface MarketReceiver {
  /** Returns whether the frame is about a token that was asked for: only then does it show that the channel works. */
  receive(text: string): boolean;
  disconnected(tokenIds: readonly TokenId[]): void;
}

export class MarketSockets implements BookSubscriptions {
  private readonly lines: readonly Line[];
  private receiver: MarketReceiver | undefined;
  private stopped = false;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly url: string,
    private readonly openSocket: (url: string) => Promise<RawSocket>,
    private readonly random: () => number,
  ) {
    this.lines = Array.from({ length: SOCKETS }, () => this.line());
  }

  /** Opens the sockets that have tokens now, and others once they get some. Harmless when already started. */
  start(receiver: MarketReceiver): void {
    this.stopped = false;
    this.receiver = receiver;
    for (const line of this.lines) if (line.tokens.size > 0) line.socket.start();
  }

  /** Closes them until the next start. Books are read by REST meanwhile. */
  stop(): void {
    this.stopped = true;
    this.receiver = undefined;
    for (const line of this.lines) line.socket.stop();
  }

  follow(tokenIds: readonly TokenId[]): void {
    const wanted = new Set(tokenIds);
    for (const line of this.lines) {
      const gone = [...line.tokens].filter((token) => !wanted.has(token));
      for (const token of gone) line.tokens.delete(token);
      if (gone.length > 0) line.socket.send(unsubscribeFrame(gone));
      for (const token of line.tokens) wanted.delete(token);
    }
    for (const line of this.lines) {
      const added = [...wanted].slice(0, TOKENS_PER_SOCKET_MAX - line.tokens.size);
      if (added.length === 0) continue;
      for (const token of added) {
        line.tokens.add(token);
        wanted.delete(token);
      }
      // Does nothing while the socket is not open: it subscribes to all of its tokens when it opens.
      line.socket.send(subscribeMoreFrame(added));
      if (this.receiver !== undefined) line.socket.start();
    }
  }

  reconnect(why: string): void {
    for (const line of this.lines) line.socket.reconnect(why);
  }

  status(): { readonly open: boolean; readonly reconnects: number; readonly lastFrameAtMs: number } {
    const used = this.lines.filter((line) => line.tokens.size > 0).map((line) => line.socket.status());
    return {
      open: this.stopped || used.every((status) => status.state === 'OPEN'),
      reconnects: used.reduce((sum, status) => sum + status.reconnects, 0),
      lastFrameAtMs: used.reduce((latest, status) => Math.max(latest, status.lastFrameAtMs), 0),
    };
  }

  private line(): Line {
    const tokens = new Set<TokenId>();
    const socket = createVenueSocket({
      url: this.url,
      openSocket: this.openSocket,
      random: this.random,
      onOpen: (send) => send(subscribeFrame([...tokens])),
      onText: (text) => this.receiver?.receive(text) === true,
      onState: (state) => {
        if (state === 'WAITING') this.receiver?.disconnected([...tokens]);
      },
      pingEveryMs: PING_MS,
      silentAfterMs: SILENT_MS,
      setTimer: (task, ms) => this.ports.timers.after(ms, task),
      nowMs: this.ports.nowMs,
    });
    return { socket, tokens };
  }
}
