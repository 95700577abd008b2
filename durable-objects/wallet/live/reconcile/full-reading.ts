/** The minute's whole reading of an opened account, in this order: orders and trades, flows, balance and positions. */
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { FlowReading } from './flow-reading.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { OrderQuestions } from './order-questions.ts';
import type { ReadWindow } from './read-window.ts';
import type { TradeReading } from './trade-reading.ts';

export class FullReading {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly trades: TradeReading,
    private readonly questions: OrderQuestions,
    private readonly flows: FlowReading,
    private readonly ledger: LedgerCheck,
    private readonly window: ReadWindow,
  ) {}

  /** Throws VenueError. */
  async run(): Promise<void> {
    const startMs = this.ports.nowMs();
    const { isWhole, fromMs } = await this.trades.run(startMs);
    // Trades older than the list are asked for by id.
    await this.questions.askProvisional(fromMs);
    await this.flows.run();
    await this.ledger.run();
    if (isWhole) this.ports.storage.transaction(() => this.window.readThrough(startMs));
  }
}
