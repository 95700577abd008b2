/** The practice exchange as the objects reach it: by HTTP and by sockets, with the ways in which a call can be lost. */
import { type Fetch, TIMEOUT_MS } from '../../../polymarket/wire/http.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import type { PracticeExchange } from '../../../simulator/practice-exchange.ts';
import { type Caller, type Homes, type Life, onlyCrash } from './homes.ts';
import { timeLimitOf, type VirtualTime } from './virtual-time.ts';

export type Channel = 'rtds' | 'market' | 'user';

export interface VenueCall {
  readonly name: string;
  readonly atMs: number;
  readonly body: string;
}

export class Venue {
  /** What the product has asked for by REST: path and query. */
  readonly requests: string[] = [];
  /** The most calls of one path that were ever under way together. */
  readonly mostAtOnce = new Map<string, number>();
  /** Calls of the live Wallet, in order. */
  readonly walletCalls: VenueCall[] = [];
  /** The most calls of one instance of the live Wallet that were ever unanswered together. */
  walletMostAtOnce = 0;
  /** Runs in the very turn in which a call of the live Wallet leaves. */
  atWalletCall: ((name: string) => void) | undefined;
  /** Calls of the live Wallet for which this is true leave and arrive nowhere. */
  losesCall: ((name: string) => boolean) | undefined;
  /** Changes what the venue answers to a path: answers that no exchange of ours would give. */
  rewrites: ((path: string, body: string) => string) | undefined;
  /** Connections of a channel for which this is true are refused. */
  refusesSockets: ((channel: Channel) => boolean) | undefined;
  /** How long the venue takes to answer, besides its own delays. */
  answerMs = 0;
  /** Frames and ends of sockets that the objects have received. */
  received = 0;
  private readonly underWay = new Map<string, number>();
  private readonly listeners = {
    rtds: new Set<(text: string) => void>(),
    market: new Set<(text: string) => void>(),
    user: new Set<(text: string) => void>(),
  };
  private sockets: { readonly life: Life; readonly close: () => void }[] = [];

  constructor(
    private readonly exchange: PracticeExchange,
    private readonly time: VirtualTime,
    private readonly homes: Homes,
  ) {}

  readonly fetch: Fetch = async (input, init) => {
    const path = new URL(input).pathname;
    const underWay = (this.underWay.get(path) ?? 0) + 1;
    this.underWay.set(path, underWay);
    this.mostAtOnce.set(path, Math.max(this.mostAtOnce.get(path) ?? 0, underWay));
    try {
      return await this.answer(input, init);
    } finally {
      this.underWay.set(path, (this.underWay.get(path) ?? 1) - 1);
    }
  };

  /**
   * The venue as the live Wallet calls it: each call is a place to die, before it has left and after it was answered.
   * An instance that has died receives no answer.
   */
  walletFetch(from: Caller<unknown>): Fetch {
    const never = new Promise<never>(() => {});
    const died = (name: string): boolean => this.died(from, name);
    let underWay = 0;
    return async (input, init) => {
      // The probe of the region is a POST of an empty, unsigned order: it cannot place one.
      const isProbe = init?.body === '{}';
      const name = `${isProbe ? 'PROBE' : (init?.method ?? 'GET')} ${new URL(input).pathname}`;
      if (died(`before ${name}`)) return never;
      this.walletCalls.push({ name, atMs: this.time.nowMs, body: textOf(init) });
      this.atWalletCall?.(name);
      underWay += 1;
      this.walletMostAtOnce = Math.max(this.walletMostAtOnce, underWay);
      try {
        const lost = this.losesCall?.(name) ?? false;
        const response = await (lost ? this.lose(init) : this.fetch(input, init));
        return died(`after ${name}`) ? never : response;
      } catch (error) {
        if (died(`after ${name}`)) return never;
        throw error;
      } finally {
        underWay -= 1;
      }
    };
  }

  /** Opens sockets of one instance; one that has died receives nothing more. */
  openSocket(life: Life): (url: string) => Promise<RawSocket> {
    return async (url) => {
      let onMessage: (data: string) => void = () => {};
      let onClose: () => void = () => {};
      const received = (pass: () => void): void => {
        if (!life.alive) return;
        this.received += 1;
        try {
          pass();
        } catch (error) {
          onlyCrash(error);
        }
      };
      const send = (text: string): void => received(() => onMessage(text));
      const closed = (): void => received(() => onClose());
      const channel = url.endsWith('/rtds') ? 'rtds' : url.endsWith('/user') ? 'user' : 'market';
      if (this.refusesSockets?.(channel) === true) throw new Error('refused');
      this.listeners[channel].add(send);
      const open = {
        rtds: () => this.exchange.openRtdsSocket(send, closed),
        market: () => this.exchange.openMarketSocket(send, closed),
        user: () => this.exchange.openUserSocket(send, closed),
      };
      const socket = open[channel]();
      const close = (): void => {
        this.listeners[channel].delete(send);
        socket.close();
      };
      this.sockets = [...this.sockets.filter((one) => one.life.alive), { life, close }];
      return {
        send: (text) => socket.receive(text),
        close,
        onMessage: (callback) => {
          onMessage = callback;
        },
        onClose: (callback) => {
          onClose = callback;
        },
      };
    };
  }

  /** Sends a frame that no exchange would send. */
  send(channel: Channel, text: string): void {
    for (const send of this.listeners[channel]) send(text);
  }

  /** Closes the sockets of instances that have died. */
  closeDead(): void {
    for (const socket of this.sockets) if (!socket.life.alive) socket.close();
  }

  private async answer(input: string, init: RequestInit | undefined): Promise<Response> {
    this.requests.push(input.slice(input.indexOf('/', 8)));
    const headers = Object.fromEntries(new Headers(init?.headers).entries());
    const method = init?.method ?? 'GET';
    const answer = this.exchange.handleRequest({ method, url: input, body: textOf(init), headers });
    const limitMs = timeLimitOf(init?.signal)?.ms ?? TIMEOUT_MS;
    const delayMs = this.answerMs + (answer.delayMs ?? 0);
    if (delayMs > limitMs) return this.lose(init);
    if (delayMs > 0) await this.time.sleep(delayMs);
    const { pathname } = new URL(input);
    return new Response(this.rewrites?.(pathname, answer.body) ?? answer.body, {
      status: answer.status,
      headers: answer.headers ?? {},
    });
  }

  /** Never answers: the caller's own time limit ends it. */
  private async lose(init: RequestInit | undefined): Promise<never> {
    const limit = timeLimitOf(init?.signal);
    await this.time.sleep(limit?.ms ?? TIMEOUT_MS);
    limit?.strike();
    throw new DOMException('timed out', 'TimeoutError');
  }

  private died(from: Caller<unknown>, name: string): boolean {
    if (!from.life.alive) return true;
    try {
      this.homes.step(from.home(), name);
      return false;
    } catch (error) {
      onlyCrash(error);
      return true;
    }
  }
}

function textOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : '';
}
