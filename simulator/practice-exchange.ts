// The interface of the practice exchange for its server, its routes and the tests. Built by exchange.ts.
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
  /** Null: nothing is saved, and every exchange begins anew. */
  storage: RowStorage | null;
  /** Which simulated people act by themselves; all by default. */
  automation?: Partial<Automation>;
  /** Keep the venue's limits on public reads; without them a test may read as fast as it likes. */
  readLimits?: boolean;
}

export type SocketChannel = 'market' | 'rtds' | 'user';

export interface PracticeExchange extends TraderHands {
  handleRequest(request: RestRequest): RestAnswer;
  /** `onClose` is called when the exchange closes the socket: on a reset or on request. */
  openMarketSocket(send: (text: string) => void, onClose?: () => void): Socket;
  openRtdsSocket(send: (text: string) => void, onClose?: () => void): Socket;
  /** Closes every socket of a channel; returns how many there were. */
  disconnect(channel: SocketChannel): number;
  openUserSocket(send: (text: string) => void, onClose?: () => void): Socket;
  /** How many orders each signer may place. */
  setRate(limit: { perS: number; burst: number }): void;
  /** Advances the exchange to a time in ticks of 100 ms, saves, and sends what became due. */
  step(nowMs: number): void;
  readonly world: World;
  readonly faults: Faults;
  status(): Record<string, unknown>;
  /** Deletes everything and starts again, from the same seed unless another is given. */
  reset(seed?: string): void;
}
