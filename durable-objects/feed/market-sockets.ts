/** The market channel's sockets: at most 200 tokens on each, re-subscribed whole after every reconnect. */
import type { TokenId } from '../../domain/ids.ts';
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
const PING_MS = 10_000;
/** Markets are quiet at night: only long silence on a whole socket makes it anew; single tokens are checked by REST. */
const SILENT_MS = 120_000;

interface Line {
  readonly socket: VenueSocket;
  readonly tokens: Set<TokenId>;
}

export class MarketSockets implements BookSubscriptions {
  private readonly lines: readonly Line[];
  private started = false;

  constructor(
    ports: ObjectPorts,
    given: {
      readonly url: string;
      readonly openSocket: (url: string) => Promise<RawSocket>;
      readonly random: () => number;
      readonly onText: (text: string) => void;
      readonly onDown: () => void;
    },
  ) {
    this.lines = Array.from({ length: SOCKETS }, () => {
      const tokens = new Set<TokenId>();
      const socket = createVenueSocket({
        url: given.url,
        openSocket: given.openSocket,
        onOpen: (send) => send(subscribeFrame([...tokens])),
        onText: given.onText,
        onState: (state) => {
          if (state === 'WAITING') given.onDown();
        },
        pingEveryMs: PING_MS,
        silentAfterMs: SILENT_MS,
        setTimer: (task, ms) => ports.timers.after(ms, task),
        nowMs: ports.nowMs,
        random: given.random,
      });
      return { socket, tokens };
    });
  }

  start(): void {
    this.started = true;
    for (const line of this.lines) if (line.tokens.size > 0) line.socket.start();
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
      // Not open yet: the subscription goes out whole when it opens.
      line.socket.send(subscribeMoreFrame(added));
      if (this.started) line.socket.start();
    }
  }

  reconnect(why: string): void {
    for (const line of this.lines) line.socket.reconnect(why);
  }

  status(): { readonly open: boolean; readonly reconnects: number; readonly lastFrameAtMs: number } {
    const used = this.lines.filter((line) => line.tokens.size > 0).map((line) => line.socket.status());
    return {
      open: used.every((status) => status.state === 'OPEN'),
      reconnects: used.reduce((sum, status) => sum + status.reconnects, 0),
      lastFrameAtMs: used.reduce((latest, status) => Math.max(latest, status.lastFrameAtMs), 0),
    };
  }
}
