/** What the operator says about owed exits: sell after all, try again, or keep the shares. Harmless when repeated. */
import type { OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import { hasEndedTries, isOpen } from '../../../domain/portfolio/owed-exit.ts';
import type { ObjectStorage } from '../../platform/ports.ts';
import type { ExitCommand, ExitCommandResult } from '../../rpc.ts';
import type { WalletSwitches } from '../switches.ts';
import type { OwedExits } from './owed-exits.ts';

export class ExitCommands {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly owed: OwedExits,
    private readonly switches: WalletSwitches,
  ) {}

  run(command: ExitCommand): ExitCommandResult {
    return this.storage.transaction(() => {
      const rows = this.owed.open().filter((row) => isMeant(row, command));
      if (rows.length === 0) return { kind: 'refused', reason: missing(command) };
      if (command.action === 'KEEP') {
        for (const row of rows) this.owed.keep(row);
        return { kind: 'done', rows: rows.length };
      }
      const ready = rows.filter((row) => this.switches.effective(row.leaderAddress).state === 'ON');
      if (ready.length === 0) return { kind: 'refused', reason: 'trading is not ON for this leader' };
      for (const row of ready) this.owed.release(row);
      return { kind: 'done', rows: ready.length };
    });
  }

  /** Passes on the answer to a switch command, once what is owed obeys the switch. */
  afterSwitch<Answer>(answer: Answer): Answer {
    this.holdWhatIsOff();
    return answer;
  }

  /** After a switch was lowered: what is owed waits for the operator, until they confirm it (A44). */
  holdWhatIsOff(): void {
    this.storage.transaction(() =>
      this.owed.hold((leader) => this.switches.effective(leader).state === 'ON'),
    );
  }
}

/** One row, or every row of the Wallet; a confirmation of all means the rows that are held. */
function isMeant(row: OwedExit, { action, exit, listed }: ExitCommand): boolean {
  if (!isOpen(row)) return false;
  if (action === 'TRY_AGAIN') return exit !== null && isOf(row, exit) && hasEndedTries(row);
  if (exit !== null) return isOf(row, exit);
  if (action !== 'RELEASE' || row.state !== 'HELD') return false;
  return listed?.some((one) => isOf(row, one) && row.shareMicros <= one.shareMicros) ?? true;
}

function missing({ action }: ExitCommand): string {
  // What was held since needs a confirmation of its own (A44).
  return action === 'TRY_AGAIN'
    ? 'this exit is not blocked or given up any more; look again'
    : 'nothing is owed there any more';
}

function isOf(
  row: OwedExit,
  { leaderAddress, tokenId }: Pick<OwedExit, 'leaderAddress' | 'tokenId'>,
): boolean {
  return row.leaderAddress === leaderAddress && row.tokenId === tokenId;
}
