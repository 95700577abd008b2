// Trades of the leader whom the floor copies, one at a time, timed as the product's are.
import { addressOf, type FrameMarket, tradeFrame } from '../leader-frames.ts';
import type { LoopbackExchange } from '../loopback-exchange.ts';

/** Whose trades the floor copies. */
export const FLOOR_LEADER = addressOf('floor');

interface Traded {
  readonly market: FrameMarket;
  readonly price: string;
  readonly size: string;
}

export class FloorTrades {
  private number = 0;
  private readonly exchange: LoopbackExchange;
  private readonly given: Traded;

  constructor(exchange: LoopbackExchange, given: Traded) {
    this.exchange = exchange;
    this.given = given;
  }

  /** How long one trade took to become an order, in ms; undefined when it did not within the time. */
  async trade(waitMs: number): Promise<number | undefined> {
    this.number += 1;
    const { exchange, number } = this;
    const frame = tradeFrame({
      ...this.given,
      type: 'orders_matched',
      wallet: FLOOR_LEADER,
      number,
      nowMs: Date.now(),
    });
    let timer: NodeJS.Timeout | undefined;
    const arrived = new Promise<number | undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), waitMs);
      exchange.onFloorOrder = ({ atMs }) => resolve(atMs);
    });
    const sentAtMs = exchange.sayOnFeed(frame, 'floor');
    const atMs = await arrived;
    clearTimeout(timer);
    return atMs === undefined ? undefined : atMs - sentAtMs;
  }
}
