/** The parts of the paper Wallet over ports in memory, as `paper-wallet.ts` makes them, with what they asked the scheduler for. */
import { ExitWaits } from '../../../../durable-objects/wallet/exits/exit-waits.ts';
import { OwedExits } from '../../../../durable-objects/wallet/exits/owed-exits.ts';
import { paperAttempts } from '../../../../durable-objects/wallet/paper/paper-attempts.ts';
import { PaperBooking } from '../../../../durable-objects/wallet/paper/paper-booking.ts';
import { PaperExecutor } from '../../../../durable-objects/wallet/paper/paper-executor.ts';
import { PaperFunds } from '../../../../durable-objects/wallet/paper/paper-funds.ts';
import { PaperSales } from '../../../../durable-objects/wallet/paper/paper-sales.ts';
import { PendingCopies } from '../../../../durable-objects/wallet/paper/pending-copies.ts';
import { SubmitTimes } from '../../../../durable-objects/wallet/paper/submit-times.ts';
import { TakenLiquidity } from '../../../../durable-objects/wallet/paper/taken-liquidity.ts';
import type { WalletStores } from '../stores.ts';

export type PaperParts = ReturnType<typeof paperParts>;

export function paperParts(
  { ports, kv, book, outbox, stats }: WalletStores,
  shared: {
    readonly taken?: TakenLiquidity;
    readonly owed?: OwedExits;
    readonly snapshot?: { soon(): void };
  } = {},
) {
  const { storage, nowMs } = ports;
  const due: (readonly [job: string, atMs: number])[] = [];
  const dueAt = (job: string) => (atMs: number) => void due.push([job, atMs]);
  const taken = shared.taken ?? new TakenLiquidity(storage);
  const owed = shared.owed ?? new OwedExits(storage, nowMs, () => {});
  const attempts = paperAttempts(storage, outbox, stats);
  const pending = new PendingCopies(storage);
  const funds = new PaperFunds(book, pending, owed);
  const booking = new PaperBooking(book, outbox, taken, funds, shared.snapshot ?? { soon: () => {} });
  const times = new SubmitTimes(ports, kv, async () => null);
  const waits = new ExitWaits(storage);
  const executor = new PaperExecutor(booking, pending, waits, times, dueAt('pending'));
  const sales = new PaperSales(nowMs, waits, pending, dueAt('sales'));
  return { taken, owed, attempts, pending, funds, booking, times, executor, waits, sales, due };
}
