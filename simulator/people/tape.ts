// Plays recordings into the exchange: each row at its recorded time, moved to now and divided by the speed.
// tape-leader.ts and tape-book.ts execute the rows. A row that cannot be executed is refused and counted; the others are played.

import type { Tape, World } from '../model/model.ts';
import { type ParsedTape, TapeError, type TapeRow } from '../model/tape-csv.ts';
import { openRecordedBook, playLevels } from './tape-book.ts';
import { ensureHouse, openRecordedMarkets, playActivity } from './tape-leader.ts';

/** Further recordings are refused until a reset. */
const TAPES_MAX = 50;

/** Rows of a recording per stored row: well under the two megabytes that a stored value may have. */
export const CHUNK_ROWS = 500;
/** Further due rows wait for the next tick. */
const ROWS_PER_TICK_MAX = 400;
const REASONS_MAX = 20;
const SPEED_MAX = 100_000;

/** Adds a recording that starts after `startInMs`; its markets and leaders exist at once. Throws TapeError. */
export function addTape(
  world: World,
  parsed: ParsedTape,
  options: { name: string; speed: number; startInMs: number },
): Tape {
  const { name, speed, startInMs } = options;
  if (!(speed > 0 && speed <= SPEED_MAX))
    throw new TapeError(`speed must be above 0 and at most ${SPEED_MAX}.`);
  if (world.tapes.size >= TAPES_MAX)
    throw new TapeError(`At most ${TAPES_MAX} tapes can be played; reset first.`);
  ensureHouse(world);
  const tape: Tape = {
    number: world.tapes.size + 1,
    name: name.slice(0, 200),
    kind: parsed.kind,
    speed,
    startAtMs: world.nowMs + startInMs,
    firstAtMs: parsed.rows[0]!.atMs,
    lastAtMs: parsed.rows.at(-1)!.atMs,
    rows: parsed.rows.length,
    position: 0,
    lines: parsed.lines,
    refused: parsed.refused,
    reasons: parsed.reasons,
    wallets: [],
    conditions: [],
  };
  if (parsed.kind === 'books') openRecordedBook(world, tape, parsed);
  else openRecordedMarkets(world, tape, parsed.rows);
  world.tapes.set(String(tape.number), tape);
  world.dirty.add(`tape/${tape.number}`);
  for (let chunk = 0; chunk * CHUNK_ROWS < parsed.rows.length; chunk += 1) {
    const key = `${tape.number}/${chunk}`;
    world.tapeRows.set(key, parsed.rows.slice(chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS));
    world.dirty.add(`tape-rows/${key}`);
  }
  return tape;
}

/** Plays the rows due by `world.nowMs`; one that cannot be executed is refused with its reason, the others are played. */
export function playTapes(world: World): void {
  for (const tape of world.tapes.values()) {
    for (let played = 0; played < ROWS_PER_TICK_MAX && tape.position < tape.rows; played += 1) {
      const row = rowAt(world, tape, tape.position);
      if (tape.startAtMs + (row.atMs - tape.firstAtMs) / tape.speed > world.nowMs) break;
      tape.position += 1;
      world.dirty.add(`tape/${tape.number}`);
      try {
        playRow(world, tape, row);
      } catch (error) {
        // A recording may use shares or sets whose origin it does not contain; the status shows the reason.
        tape.refused += 1;
        const why = error instanceof Error ? error.message : String(error);
        if (tape.reasons.length < REASONS_MAX) tape.reasons.push(`Row ${tape.position} is refused: ${why}.`);
      }
    }
  }
}

/** How far each recording is, for the status. */
export function tapeProgress(world: World): Record<string, unknown>[] {
  return [...world.tapes.values()].map((tape) => ({
    name: tape.name,
    kind: tape.kind,
    speed: tape.speed,
    starts: new Date(tape.startAtMs).toISOString(),
    ends: new Date(tape.startAtMs + (tape.lastAtMs - tape.firstAtMs) / tape.speed).toISOString(),
    linesInFile: tape.lines,
    total: tape.rows,
    played: tape.position,
    ended: tape.position >= tape.rows,
    refused: tape.refused,
    reasons: tape.reasons,
    leaders: tape.wallets,
    markets: tape.conditions,
  }));
}

function rowAt(world: World, tape: Tape, position: number): TapeRow {
  const chunk = world.tapeRows.get(`${tape.number}/${Math.floor(position / CHUNK_ROWS)}`);
  return chunk![position % CHUNK_ROWS]!;
}

function playRow(world: World, tape: Tape, row: TapeRow): void {
  if (row.kind === 'activity') playActivity(world, row);
  else playLevels(world, world.markets.get(tape.conditions[0]!)!, row);
}
