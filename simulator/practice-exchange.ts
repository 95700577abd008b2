// What the practice exchange offers to its server, its routes and the tests. exchange.ts builds it.
import type { Faults } from './faults/faults.ts';
import type { World } from './model/model.ts';
import type { RowStorage } from './model/store.ts';
import type { Automation } from './people/simulation.ts';
import type { TraderHands } from './people/trader-hands.ts';
import type { Socket } from './sockets/market-channel.ts';
import type { RestAnswer, RestRequest } from './wire/http.ts';

export interface ExchangeOptions {
  nowMs: () => number;
  seed: string;
  storage: RowStorage;
  /** Who acts by himself; all of them unless said otherwise. */
  automation?: Partial<Automation>;
}

export type SocketChannel = 'market' | 'rtds' | 'user';

export interface PracticeExchange extends TraderHands {
  handleRequest(request: RestRequest): RestAnswer;
  /** `onClose` is called when the exchange hangs up: on a reset, or when told to disconnect. */
  openMarketSocket(send: (text: string) => void, onClose?: () => void): Socket;
  openRtdsSocket(send: (text: string) => void, onClose?: () => void): Socket;
  /** Hangs up on every socket of a channel; returns how many there were. */
  disconnect(channel: SocketChannel): number;
  openUserSocket(send: (text: string) => void, onClose?: () => void): Socket;
  /** How many orders each signer may place. */
  setRate(limit: { perS: number; burst: number }): void;
  /** Advances the exchange to a time in ticks of 100 ms, saves, and sends what became due. */
  step(nowMs: number): void;
  readonly world: World;
  readonly faults: Faults;
  status(): Record<string, unknown>;
  /** Forgets everything and begins anew, from the same seed unless another is given. */
  reset(seed?: string): void;
}
