/**
 * The job that tries owed exits again (A44): it looks at each row that is due on a fresh book, and makes a try of its own key
 * only when `decide` would sell now. A few rows at a time, so that they take neither the slots of new copies nor the venue's
 * limits.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { groupKey, idempotencyKey } from '../../../domain/ids.ts';
import { notionalFloor, type ShareMicros, shares } from '../../../domain/money.ts';
import type { OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import { SECOND_MS } from '../../../domain/time.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { Decider } from '../decider.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { Deciding, IntentQuotes } from '../intent-quotes.ts';
import type { WalletSwitches } from '../switches.ts';
import type { OwedExits } from './owed-exits.ts';

/** Tries, and looks at a book, in one run; the next run follows soon. Each look is a quote: ten are twenty a second at most. */
const TRIES_MAX = 3;
const LOOKS_MAX = 10;
const NEXT_RUN_MS = 500;
/** While an order of the same is open, or the account is not read yet, the row is looked at again after this long. */
const UNSETTLED_MS = 2 * SECOND_MS;
const NONE = shares(0n);

export class ExitTries {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly owed: OwedExits,
    private readonly switches: WalletSwitches,
    private readonly quotes: IntentQuotes,
    private readonly decider: Decider,
    private readonly turn: DecisionTurn,
  ) {}

  /** Looks at what is due; returns when the job is to run again, undefined when nothing is owed. */
  async run(): Promise<number | undefined> {
    let tries = 0;
    let looks = 0;
    for (const row of this.owed.due()) {
      if (tries >= TRIES_MAX || looks >= LOOKS_MAX) return this.ports.nowMs() + NEXT_RUN_MS;
      const came = await this.look(row);
      if (came !== 'passed over') looks += 1;
      if (came === 'tried') tries += 1;
    }
    return this.owed.nextLookAtMs();
  }

  /**
   * Ends what is owed, or kept, of shares that are not held any more, and what is owed of a market with a result: it pays out and
   * trades no more (A44).
   */
  prune(): void {
    const { storage, nowMs } = this.ports;
    storage.transaction(() => {
      for (const row of [...this.owed.open(), ...this.owed.kept()]) {
        if (!this.isReady(row)) continue;
        if (row.state !== 'KEPT' && this.decider.hasPayout(row.tokenId)) {
          this.owed.limitTo(row, NONE);
          continue;
        }
        const intent = exitIntent(row, 0, nowMs());
        // Shares of no leader may be sold for an exit, but they are not what the operator keeps.
        const withOthers = row.state !== 'KEPT' && this.quotes.settingsOf(intent).sellUnattributed;
        this.owed.limitTo(row, this.decider.held(intent, withOthers));
      }
    });
  }

  /** One row: `passed over` where no book was read for it. */
  private async look(due: OwedExit): Promise<'passed over' | 'looked' | 'tried'> {
    const { storage, nowMs } = this.ports;
    if (this.switches.effective(due.leaderAddress).state !== 'ON') {
      storage.transaction(() => this.owed.hold((leader) => this.switches.effective(leader).state === 'ON'));
      return 'passed over';
    }
    const intent = exitIntent(due, due.tries + 1, nowMs());
    if (!this.isReady(due)) {
      storage.transaction(() => this.owed.later(due, nowMs() + UNSETTLED_MS));
      return 'passed over';
    }
    const given = await this.quotes.again(intent);
    // A fill, a purchase or a command may have changed the row while the book was read.
    const row = this.owed.get(due.leaderAddress, due.tokenId);
    if (row === undefined || row.state !== due.state || row.tries !== due.tries) return 'looked';
    if (!this.isReady(row)) return 'looked';
    const attempt = storage.transaction(() => this.begin(row, given));
    if (attempt === null) return 'looked';
    await this.turn.copy({ ...attempt, members: [] });
    return 'tried';
  }

  /** Whether the sales before, of the exit that opened the row and of its last try, are over with every trade booked. */
  private isReady(row: OwedExit): boolean {
    const last = exitIntent(row, row.tries, this.ports.nowMs());
    return this.decider.isReady(last, [row.exitId, row.lastExitId ?? row.exitId, last.idempotencyKey]);
  }

  /** Numbers a try where `decide` would sell now; null where it would not, and the row says why. */
  private begin(row: OwedExit, given: Deciding): { intent: CopyIntent; quote: Deciding['quote'] } | null {
    const { nowMs } = this.ports;
    const { decision } = this.decider.preview(given);
    // What sales of other leaders hold of EXTERNAL may come back: the row is not lowered by it.
    const left = this.owed.limitTo(row, this.decider.held(given.intent, given.settings.sellUnattributed));
    if (left.state === 'DONE') return null;
    if (nowMs() - row.exitAtMs > given.settings.exitAgeMsMax) {
      this.owed.expire(left);
      return null;
    }
    if (decision.kind === 'SKIP') {
      this.owed.looked(left, firstOf(decision.reasons));
      return null;
    }
    const numbered = this.owed.beginTry(left);
    return { intent: exitIntent(numbered, numbered.tries, nowMs()), quote: given.quote };
  }
}

/** The intent of one try: its key is made from the row's id and the number of the try, so that it has one order at most. */
export function exitIntent(row: OwedExit, number: number, nowMs: number): CopyIntent {
  const { leaderAddress, tokenId } = row;
  const key = groupKey([`exit:${row.exitId}:${number}`]);
  const shareMicros: ShareMicros = row.shareMicros;
  return {
    leaderAddress,
    tokenId,
    conditionId: row.conditionId,
    side: 'SELL',
    sourceType: 'EXIT',
    groupKey: key,
    idempotencyKey: idempotencyKey({ leaderAddress, tokenId, side: 'SELL', groupKey: key }),
    fillCount: 0,
    leaderNotionalMicros: notionalFloor(shareMicros, row.referencePriceMicros),
    leaderShareMicros: shareMicros,
    referencePriceMicros: row.referencePriceMicros,
    leaderEventAtMs: row.exitAtMs,
    detectedAtMs: nowMs,
    newest: null,
    ourNotionalMicros: null,
    leaderExposureMicros: null,
    leaderExited: row.leaderExited,
    exit: { kind: 'SHARES', shareMicros },
    exitOnly: false,
    waitedMs: 0,
    presetReason: null,
  };
}

function firstOf([first]: readonly [ReasonCode, ...ReasonCode[]]): ReasonCode {
  return first;
}
