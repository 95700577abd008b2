/**
 * Once an hour: what the Wallet keeps in memory is what it has stored. A difference is a bug of ours, whatever brought it about: the
 * Wallet goes on from storage, and pauses with a sentence that names the part.
 */
import { toJson } from '../../../domain/json.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import type { OrderStore } from '../live/orders/order-store.ts';
import type { Pause } from '../pause.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { WalletSwitches } from '../switches.ts';

const CHECK_MS = HOUR_MS;

export class MemoryCheck {
  private checkedAtMs: number;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly pause: Pause,
    private readonly book: PortfolioStore,
    private readonly switches: WalletSwitches,
    private readonly owed: OwedExits,
    /** Null on paper. */
    private readonly orders: OrderStore | null,
  ) {
    this.checkedAtMs = ports.nowMs();
  }

  /** Call it every minute. */
  run(): void {
    const nowMs = this.ports.nowMs();
    if (nowMs - this.checkedAtMs < CHECK_MS) return;
    this.checkedAtMs = nowMs;
    const remembered = this.shown();
    this.ports.storage.forget();
    const stored = this.shown();
    const other = [...stored.keys()].filter((part) => remembered.get(part) !== stored.get(part));
    if (other.length > 0)
      this.pause.start(`memory and storage differed in ${other.join(', ')}: storage counts`);
  }

  /** What each part shows of what it remembers. */
  private shown(): ReadonlyMap<string, string> {
    const { book, switches, owed, orders } = this;
    const parts: Readonly<Record<string, unknown>> = {
      cash: [book.cash(), book.flows()],
      positions: book.open(),
      switches: switches.state(),
      'owed exits': owed.open(),
      orders: orders?.open() ?? [],
      fills: orders?.provisional() ?? [],
    };
    return new Map(Object.entries(parts).map(([part, value]) => [part, toJson(inOrder(value))]));
  }
}

/** The value with the fields of every object in the order of their names, which differs between what was written and what is read. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  const fields = names.map((name) => [name, inOrder(Reflect.get(value, name))] as const);
  return Object.fromEntries(fields.filter(([, part]) => part !== undefined));
}
