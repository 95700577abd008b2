/** What a decision leaves to be done about exits: shares that are owed or bought back, and sales that wait. */
import type { Decided } from '../decider.ts';
import type { WaitingSales } from '../executor.ts';
import type { Deciding } from '../intent-quotes.ts';
import type { WalletSwitches } from '../switches.ts';
import type { OwedExits } from './owed-exits.ts';

export class ExitBooking {
  constructor(
    private readonly owed: OwedExits,
    private readonly switches: WalletSwitches,
    private readonly waiting: WaitingSales,
  ) {}

  /** Call it inside the transaction of the decision. */
  decided(given: Deciding, { facts, decision, outcome }: Decided): void {
    const { intent, settings } = given;
    if (intent.side === 'SELL') this.owed.decided(facts, settings, outcome);
    // SHADOW places nothing, so it leaves what is owed unchanged.
    else if (this.switches.effective(intent.leaderAddress).state === 'ON')
      this.owed.boughtBack(intent, decision, outcome);
    if (intent.side === 'BUY' && outcome.word === 'EXECUTE')
      this.waiting.purchased(intent, outcome.filled.shareMicros);
    if (intent.side === 'SELL' && !given.waited) this.waiting.exited(intent);
    if (outcome.word === 'WAIT') this.waiting.wait(intent, settings, outcome.reasons[0]);
    else this.waiting.done(intent.idempotencyKey);
  }
}
