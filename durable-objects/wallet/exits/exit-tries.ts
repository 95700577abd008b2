/**
 * The job that tries owed exits again (A44): it looks at each row that is due on a fresh book, and makes a try of its own key
 * only when `decide` would sell now. A few rows at a time, so that they take neither the slots of new copies nor the venue's
 * limits.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { groupKey, idempotencyKey } from '../../../domain/ids.ts';
import { notionalFloor, type ShareMicros } from '../../../domain/money.ts';
import type { OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import { SECOND_MS } from '../../../domain/time.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { Decider } from '../decider.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { Deciding, IntentQuotes } from '../intent-quotes.ts';
import type { WalletSwitches } from '../switches.ts';
import type { OwedExits } from './owed-exits.ts';

/** Tries in one run; the next run follows soon. */
const TRIES_MAX = 3;
const NEXT_RUN_MS = 500;
/** While an order of the same is open, or the account is not read yet, the row is looked at again after this long. */
const UNSETTLED_MS = 2 * SECOND_MS;

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
    for (const row of this.owed.due()) {
      if (tries >= TRIES_MAX) return Math.max(this.ports.nowMs() + NEXT_RUN_MS, 0);
      if (await this.look(row)) tries += 1;
    }
    return this.owed.nextLookAtMs();
  }

  /** Ends what is owed, or kept, of shares that are not held any more: resolved, redeemed, or sold at the venue (A44). */
  prune(): void {
    const { storage, nowMs } = this.ports;
    storage.transaction(() => {
      for (const row of [...this.owed.open(), ...this.owed.kept()]) {
        const intent = exitIntent(row, 0, nowMs());
        if (this.isReady(row))
          this.owed.limitTo(row, this.decider.own(intent, this.quotes.settingsOf(intent)));
      }
    });
  }

  /** One row: returns whether a try was made. */
  private async look(due: OwedExit): Promise<boolean> {
    const { storage, nowMs } = this.ports;
    if (this.switches.effective(due.leaderAddress).state !== 'ON') {
      storage.transaction(() => this.owed.hold((leader) => this.switches.effective(leader).state === 'ON'));
      return false;
    }
    const intent = exitIntent(due, due.tries + 1, nowMs());
    if (!this.isReady(due)) {
      storage.transaction(() => this.owed.later(due, nowMs() + UNSETTLED_MS));
      return false;
    }
    const given = await this.quotes.again(intent);
    // A fill, a purchase or a command may have changed the row while the book was read.
    const row = this.owed.get(due.leaderAddress, due.tokenId);
    if (row === undefined || row.state !== due.state || row.tries !== due.tries) return false;
    if (!this.isReady(row)) return false;
    const attempt = storage.transaction(() => this.begin(row, given));
    if (attempt === null) return false;
    await this.turn.copy(attempt);
    return true;
  }

  /** Whether the sales before, of the exit that opened the row and of its last try, are over with every trade booked. */
  private isReady(row: OwedExit): boolean {
    const last = exitIntent(row, row.tries, this.ports.nowMs());
    return this.decider.isReady(last, [row.exitId, row.lastExitId ?? row.exitId, last.idempotencyKey]);
  }

  /** Numbers a try where `decide` would sell now; null where it would not, and the row says why. */
  private begin(row: OwedExit, given: Deciding): { intent: CopyIntent; quote: Deciding['quote'] } | null {
    const { nowMs } = this.ports;
    const { facts, decision } = this.decider.preview(given);
    const left = this.owed.limitTo(row, facts.portfolio.ownShareMicros);
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
