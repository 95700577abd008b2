/**
 * The real recordings in ../shared/data: every JSON file of the kinds that this adapter reads is parsed, or refused with
 * a reason that is listed here, so that nothing which parsed once stops doing so unseen.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isCrossed } from '../../../domain/market/book.ts';
import type * as z from '../../../domain/zod.ts';
import { bookSnapshotSchema } from '../../../polymarket/public/book-schema.ts';
import { clobMarketSchema } from '../../../polymarket/public/clob-api.ts';
import { parsePage, parsePosition } from '../../../polymarket/public/data-api.ts';
import { parseGammaMarket, parseProfiles } from '../../../polymarket/public/gamma-api.ts';
import { parseActivityRow, parseLeaderRow } from '../../../polymarket/public/leader-row.ts';
import { parseMarketFrame } from '../../../polymarket/public/market-channel.ts';
import { parseRtdsFrame } from '../../../polymarket/public/rtds-frame.ts';
import { firstProblem, refusals } from '../../../polymarket/wire/refused.ts';

const marketFrame = (text: string) => parseMarketFrame(text, 1_790_000_000_000);

const DATA = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const present = existsSync(DATA);
if (!present) console.log(`skipped: the recordings test needs ${DATA}`);

function filesOf(folder: string): string[] {
  if (!present) return [];
  return readdirSync(`${DATA}/${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.jsonl?(\.gz)?$/.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(DATA.length + 1))
    .sort();
}

function textOf(file: string): string {
  const bytes = readFileSync(`${DATA}/${file}`);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** One text per frame: a line of a .jsonl, or the whole file. */
function framesOf(file: string): string[] {
  const text = textOf(file);
  return /\.jsonl(\.gz)?$/.test(file) ? text.split('\n').filter((line) => line.trim() !== '') : [text];
}

/** "parsed" and the different reasons of what was refused, with how often. */
function outcome(parsed: number, reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = { parsed };
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function marketChannel(file: string) {
  const frames = framesOf(file).map(marketFrame);
  const events = frames.flatMap((frame) => frame.events);
  for (const event of events) if (event.kind === 'book') expect(isCrossed(event.snapshot)).toBe(false);
  return outcome(
    events.length,
    frames.flatMap((frame) => frame.refused.map((entry) => entry.reason)),
  );
}

function rtds(file: string) {
  const frames = framesOf(file).map((text) => parseRtdsFrame(text));
  const found = frames.flatMap((frame) => (frame.kind === 'rows' ? [frame] : []));
  expect(found).toHaveLength(frames.length);
  return outcome(
    found.flatMap((frame) => frame.rows).length,
    found.flatMap((frame) => frame.refused.map((entry) => entry.reason)),
  );
}

function gamma(file: string) {
  const refused = refusals(file);
  let parsed = 0;
  for (const text of framesOf(file)) {
    const json = JSON.parse(text);
    parsed += parseProfiles(json.profiles).length;
    // A search holds events, an event markets, and one recording wraps each market in its own notes.
    const found = json.question === undefined && Array.isArray(json.events) ? json.events : json;
    for (const holder of Array.isArray(found) ? found : [found]) {
      for (const row of holder.markets ?? [holder.raw ?? holder]) {
        if (parseGammaMarket(row, refused) !== undefined) parsed += 1;
      }
    }
  }
  return outcome(
    parsed,
    refused.list().map((entry) => entry.reason),
  );
}

/** What a row of the CLOB's REST interface is, by the first schema that takes it; else why the last one did not. */
function clobRest(file: string) {
  const schemas: z.ZodMiniType[] = [bookSnapshotSchema, clobMarketSchema];
  const reasons: string[] = [];
  let parsed = 0;
  for (const text of framesOf(file)) {
    const json = JSON.parse(text);
    for (const row of Array.isArray(json.data) ? json.data : [json]) {
      const results = schemas.map((schema) => schema.safeParse(row));
      if (results.some((result) => result.success)) parsed += 1;
      else reasons.push(firstProblem(results.at(-1)!.error!));
    }
  }
  return outcome(parsed, reasons);
}

function leaderTrades(file: string) {
  const page = file.includes('positions')
    ? parsePage<unknown>(JSON.parse(textOf(file)), file, parsePosition)
    : parsePage<unknown>(JSON.parse(textOf(file)), file, parseLeaderRow);
  return outcome(
    page!.rows.length,
    page!.refused.map((entry) => entry.reason),
  );
}

/** Rows of a recorded activity CSV under its own column names; only its titles are quoted. */
function csvRows(file: string): Record<string, string>[] {
  const [head = '', ...lines] = textOf(file).trim().split('\n');
  const names = head.trim().split(',');
  return lines.map((line) => {
    const cells = [...line.trim().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, bare]) => quoted ?? bare ?? '',
    );
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

const CASES = (
  [
    ['market-channel', marketChannel],
    ['rtds', rtds],
    ['gamma', gamma],
    ['clob-rest', clobRest],
    ['leader-trades', leaderTrades],
  ] as const
).flatMap(([folder, read]) => filesOf(folder).map((file) => ({ file, read })));

/**
 * Formats that this adapter does not read, refused whole: the account's own (orders, trades, balances), the long form of a
 * CLOB market, the legacy fee flag, and tags.
 */
const FOREIGN =
  /open-orders-polls|data_trades_page|open_orders|order_fak|order_status|clob-s\w+-markets|clob_market|clob-rest\/recorded\/market\.|_fee_rate_|http_|gamma_tags/;

/** What is refused in files that are otherwise read. */
const REFUSED: Readonly<Record<string, Record<string, number>>> = {
  // A made-up id with letters that are no hex digits.
  'leader-trades/shapes/data_api_positions_response.json': {
    // The row is refused and still names its token.
    parsed: 4,
    'condition_id: not a condition id': 1,
  },
};

describe.skipIf(!present)('the recordings', () => {
  it.each(CASES)('reads $file, or says why not', ({ file, read }) => {
    const found = read(file);
    if (FOREIGN.test(file)) {
      expect(found.parsed).toBe(0);
      expect(Object.keys(found).length).toBeGreaterThan(1);
    } else {
      expect(found).toEqual(REFUSED[file] ?? { parsed: found.parsed });
      expect(found.parsed).toBeGreaterThan(0);
    }
  });

  it('reads every row of eight hours of one real leader, trades and merges', () => {
    const rows = csvRows('leader-trades/activity-gabagool22-2026-01-04.csv.gz');
    const refused = refusals('csv');
    const trades = rows.filter((row) => row.type === 'TRADE').map((row) => parseLeaderRow(row, refused));
    const acts = rows.filter((row) => row.type !== 'TRADE').map((row) => parseActivityRow(row, refused));
    expect(refused.list()).toEqual([]);
    expect(rows).toHaveLength(3_087);
    expect(trades.length + acts.length).toBe(3_087);
    for (const trade of trades) expect(trade!.notionalMicros).toBeGreaterThan(0n);
    // A merge gives back a dollar for each full set.
    for (const act of acts) expect(act).toMatchObject({ type: 'MERGE', cashMicros: act!.shareMicros });
  });
});
