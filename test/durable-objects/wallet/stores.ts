/** The stores of a Wallet as its constructor makes them, over ports in memory. */
import type { TradingMode } from '../../../domain/ids.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import { Outbox } from '../../../durable-objects/platform/outbox.ts';
import { AttemptStats } from '../../../durable-objects/wallet/attempt-stats.ts';
import type { WalletKeys, WalletKeyValue } from '../../../durable-objects/wallet/keys.ts';
import { OrderStore } from '../../../durable-objects/wallet/live/order-store.ts';
import { PortfolioStore } from '../../../durable-objects/wallet/portfolio-store.ts';
import { MemoryPorts } from '../memory-ports.ts';

export interface WalletStores {
  readonly ports: MemoryPorts;
  readonly kv: WalletKeyValue;
  /** Nothing drains it: read what was added with `ports.outboxed()`. */
  readonly outbox: Outbox;
  readonly stats: AttemptStats;
  readonly book: PortfolioStore;
  readonly orders: OrderStore;
}

/** The same ports again give what the next instance of the Wallet finds. */
export function walletStores(mode: TradingMode, ports = new MemoryPorts()): WalletStores {
  const kv = new KeyValue<WalletKeys>(ports.storage);
  const outbox = new Outbox(
    ports,
    async () => {},
    () => {},
  );
  const stats = new AttemptStats(mode, ports, outbox);
  const book = new PortfolioStore(mode, ports.storage, kv, outbox, stats);
  return { ports, kv, outbox, stats, book, orders: new OrderStore(ports.storage, outbox) };
}
