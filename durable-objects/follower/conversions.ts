/**
 * A leader's conversions (A48). A conversion burns shares of several tokens and the activity names one market of them, so which
 * ones shows only in the next reading of their positions. Until one can show it, the holdings stay the sum of their other acts; what
 * that reading lacks is an exit. A conversion that no reading can show within ten minutes is listed for the operator.
 */
import type { ActivityType } from '../../domain/decide/reasons.ts';
import type { ConditionId } from '../../domain/ids.ts';
import { formatMicros, type ShareMicros, shares, sub } from '../../domain/money.ts';
import { conversionVerdict } from '../../domain/portfolio/converted.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import type { ActivityRow } from '../../polymarket/public/leader-row.ts';
import { addColumn } from '../platform/add-column.ts';
import { conditionOf } from '../platform/id-columns.ts';
import { integer, micros, type ObjectPorts, type SqlRow, text } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import type { PositionReading, SeedPosition } from '../rpc.ts';
import type { ActivityExit } from './intents.ts';
import { JOBS } from './keys.ts';
import type { LeaderHoldings } from './leader-holdings.ts';
import type { ReadChange } from './leader-positions.ts';
import type { Readings } from './readings.ts';

/** From the block of a conversion until the venue's list surely has all of it. */
const LISTED_MS = MINUTE_MS;
/** A reading is asked for again after this long: LeaderFeed forgets in a restart, and one may have come too early. */
const ASK_MS = MINUTE_MS;
/** After this long the operator is shown it: whatever is missing later may be anything. */
const OPEN_MS_MAX = 10 * MINUTE_MS;

interface Conversion {
  readonly activityId: string;
  readonly txHash: string;
  readonly conditionId: ConditionId;
  readonly eventSlug: string;
  /** Burnt of each token that it converted; zero where the venue did not say. */
  readonly shareMicros: ShareMicros;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
  /** Tokens of which a reading could not show it yet, while it has shown it of all others; null before one has. */
  readonly openTokens: readonly string[] | null;
}

export class Conversions {
  /** Those that no reading has shown yet, the oldest first; undefined until they are first read, and after a rollback. */
  private memory: readonly Conversion[] | undefined;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly scheduler: Scheduler,
    private readonly readings: Readings,
    private readonly holdings: LeaderHoldings,
  ) {
    ports.storage.rows(
      `CREATE TABLE IF NOT EXISTS conversion (
         activity_id TEXT PRIMARY KEY, tx TEXT NOT NULL, condition TEXT NOT NULL, event TEXT NOT NULL,
         shares INTEGER NOT NULL, event_at INTEGER NOT NULL, detected_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    );
    addColumn(ports.storage, 'conversion', 'open_tokens TEXT');
    ports.storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  /** Takes a conversion that was not seen before, or a merge of a holding that is not known. Call inside a transaction. */
  begin(row: ActivityRow, activityId: string, detectedAtMs: number): void {
    const conversion: Conversion = { ...row, activityId, detectedAtMs, openTokens: null };
    if (!this.holdings.isWhole()) {
      this.list(conversion, 'their positions were not known', row.type);
      return;
    }
    if (this.holdings.includes(row.eventAtMs)) {
      this.list(conversion, 'it was seen only after their positions were read');
      return;
    }
    this.ports.storage.rows(
      `INSERT OR IGNORE INTO conversion (activity_id, tx, condition, event, shares, event_at, detected_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      activityId,
      row.txHash,
      row.conditionId,
      row.eventSlug,
      Number(row.shareMicros),
      row.eventAtMs,
      detectedAtMs,
    );
    this.memory = undefined;
    this.scheduler.at(JOBS.conversions, this.ports.nowMs());
  }

  /**
   * Takes a reading of the positions; returns the exits that it shows. One that cannot show what was converted changes nothing,
   * since the holdings from before it would be lost. Call inside a transaction.
   */
  take(positions: readonly SeedPosition[], reading: PositionReading): readonly ActivityExit[] {
    const open = this.open();
    if (open.length === 0) {
      this.holdings.seed(positions, reading);
      return [];
    }
    if (!shows(reading, open)) return [];
    const changes = this.holdings.changes(positions, reading);
    this.holdings.seed(positions, reading);
    const exits: ActivityExit[] = [];
    const unread = reading.unreadTokenIds ?? [];
    const unshown = new Map<string, string[]>(
      open.map(({ activityId, openTokens }) => [
        activityId,
        unread.filter((token) => openTokens === null || openTokens.includes(token)),
      ]),
    );
    for (const change of changes) {
      const mine = open.filter((one) => mayTouch(one, change));
      // The list may lack what they did of this token just before, so the next one shows it.
      if (mayHide(change, mine)) for (const one of mine) unshown.get(one.activityId)?.push(change.tokenId);
      else exits.push(...this.exitsOf(change, mine));
    }
    for (const [activityId, tokens] of unshown) this.shown(activityId, tokens);
    return exits;
  }

  /** The exit that a change of one token is; what no conversion explains is listed. */
  private exitsOf(change: ReadChange, mine: readonly Conversion[]): readonly ActivityExit[] {
    const [first] = mine;
    const verdict = conversionVerdict(change, amountsOf(mine));
    if (first === undefined || verdict.kind === 'NOTHING') return [];
    const unexplained = verdict.kind === 'UNEXPLAINED' ? verdict.shareMicros : verdict.unexplainedShareMicros;
    if (unexplained > 0n)
      this.list(
        first,
        `${formatMicros(unexplained)} shares of token ${change.tokenId} are missing that it cannot explain`,
      );
    return verdict.kind === 'CONVERTED' ? [exitOf(change, first, verdict.shareMicros)] : [];
  }

  /** A reading has shown it of all tokens but these. */
  private shown(activityId: string, openTokens: readonly string[]): void {
    const { storage } = this.ports;
    if (openTokens.length === 0) storage.rows('DELETE FROM conversion WHERE activity_id = ?', activityId);
    else
      storage.rows(
        'UPDATE conversion SET open_tokens = ? WHERE activity_id = ?',
        openTokens.join(' '),
        activityId,
      );
    this.memory = undefined;
  }

  /** The job: asks for a reading while a conversion is open, and gives up those that have been for too long. */
  async run(): Promise<void> {
    const nowMs = this.ports.nowMs();
    this.giveUp(nowMs);
    const open = this.open();
    if (open.length === 0) return;
    this.scheduler.at(JOBS.conversions, nowMs + ASK_MS);
    await this.readings.ask(showsFromMs(open));
  }

  private giveUp(nowMs: number): void {
    this.ports.storage.transaction(() => {
      for (const one of this.open()) {
        if (nowMs - one.detectedAtMs < OPEN_MS_MAX) continue;
        this.ports.storage.rows('DELETE FROM conversion WHERE activity_id = ?', one.activityId);
        this.memory = undefined;
        this.list(one, 'no reading of their positions could show it within ten minutes');
      }
    });
  }

  private open(): readonly Conversion[] {
    this.memory ??= this.ports.storage
      .rows('SELECT * FROM conversion ORDER BY event_at, activity_id')
      .map(conversionOf);
    return this.memory;
  }

  private list(one: Conversion, why: string, type: ActivityType = 'CONVERSION'): void {
    const excerpt = `${formatMicros(one.shareMicros)} shares, market ${one.conditionId}, transaction ${one.txHash}`;
    this.readings.list(one.activityId, `a ${type.toLowerCase()} was not copied as a whole: ${why}`, excerpt);
  }
}

function shows({ complete, asOfMs, swept }: PositionReading, open: readonly Conversion[]): boolean {
  return complete && swept && asOfMs >= showsFromMs(open);
}

function showsFromMs(open: readonly Conversion[]): number {
  return Math.max(...open.map((one) => one.eventAtMs)) + LISTED_MS;
}

/** All markets of a conversion belong to one event. */
function mayTouch({ openTokens, eventSlug: ofAct }: Conversion, { tokenId, eventSlug }: ReadChange): boolean {
  if (openTokens !== null && !openTokens.includes(tokenId)) return false;
  return ofAct === '' || eventSlug === '' || ofAct === eventSlug;
}

/** Whether shares may be missing of a token that the list does not show as it was at its time. */
function mayHide(change: ReadChange, mine: readonly Conversion[]): boolean {
  if (change.isSettled) return false;
  const readShareMicros = sub(change.readShareMicros, change.unsettledShareMicros);
  return conversionVerdict({ ...change, readShareMicros }, amountsOf(mine)).kind !== 'NOTHING';
}

function amountsOf(conversions: readonly Conversion[]): readonly ShareMicros[] {
  return conversions.map((one) => one.shareMicros);
}

function exitOf(change: ReadChange, first: Conversion, soldShareMicros: ShareMicros): ActivityExit {
  const { tokenId, conditionId, heldShareMicros } = change;
  const { activityId, eventAtMs, detectedAtMs } = first;
  return {
    activityId,
    tokenId,
    conditionId,
    soldShareMicros,
    heldShareMicros,
    eventAtMs,
    detectedAtMs,
  };
}

function conversionOf(row: SqlRow): Conversion {
  return {
    activityId: text(row, 'activity_id'),
    txHash: text(row, 'tx'),
    conditionId: conditionOf(row, 'condition'),
    eventSlug: text(row, 'event'),
    shareMicros: shares(micros(row, 'shares')),
    eventAtMs: integer(row, 'event_at'),
    detectedAtMs: integer(row, 'detected_at'),
    openTokens: row.open_tokens === null ? null : text(row, 'open_tokens').split(' '),
  };
}
