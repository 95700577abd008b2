// Reads recordings: Data API activity, trades without ids, and the market channel, each as CSV with its own header.
// A row that cannot be played is refused with its line and reason; a file of another format is refused whole.

import { csvRecords } from './csv.ts';
import { ONE, parseMicros } from './decimal.ts';
import { scatterHex } from './random.ts';

export interface ActivityTapeRow {
  kind: 'activity';
  atMs: number;
  activity: string;
  wallet: string;
  conditionId: string;
  tokenId: string;
  outcome: 0 | 1 | null;
  outcomeName: string;
  side: 'BUY' | 'SELL' | '';
  size: string;
  usdcSize: string;
  price: string;
  transactionHash: string;
  title: string;
  slug: string;
  eventSlug: string;
  icon: string;
  name: string;
}

/** A snapshot (replaces everything) or changed levels, in terms of the first token of the file. */
export interface BookTapeRow {
  kind: 'book' | 'change';
  atMs: number;
  slug: string;
  levels: [side: 'bid' | 'ask', price: string, size: string][];
  /** How many lines of the file it represents, including those of the mirrored token. */
  lines: number;
}

export type TapeRow = ActivityTapeRow | BookTapeRow;

/** The rows in order of time. */
type TapeContent =
  | { kind: 'activity'; rows: ActivityTapeRow[] }
  | { kind: 'books'; rows: BookTapeRow[]; tokens: [string, string] };

export type ParsedTape = TapeContent & {
  lines: number;
  refused: number;
  /** The first few refusals, each naming its line. */
  reasons: string[];
};

/** Thrown for a file that is not a recording; the message is a sentence that names the line. */
export class TapeError extends Error {}

const ROWS_MAX = 300_000;
const REASONS_MAX = 20;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HASH = /^0x[0-9a-fA-F]{64}$/;
const TOKEN = /^\d{1,78}$/;

type Fields = Record<string, string>;

/** Reads a recording of any of the three kinds, recognised by its header. Throws TapeError. */
export function parseTape(text: string): ParsedTape {
  const csv = csvRecords(text);
  if (csv.kind === 'unclosed-quote')
    throw new TapeError(`Line ${csv.line} opens a quote that is never closed.`);
  const [header, ...lines] = csv.records;
  if (header === undefined) throw new TapeError('The file is empty: line 1 should be a CSV header.');
  const names = header.cells.map((cell) => cell.trim());
  const has = (...wanted: string[]): boolean => wanted.every((name) => names.includes(name));
  const isActivity = has(
    'timestamp',
    'type',
    'proxyWallet',
    'conditionId',
    'asset',
    'size',
    'price',
    'transactionHash',
  );
  const isTrades = has('trade_dttm', 'trader_id', 'side', 'amount', 'price', 'market_title', 'outcome');
  const isBooks = has('market_slug', 'asset_id', 'event_type', 'price', 'side', 'size', 'timestamp');
  if (!isActivity && !isTrades && !isBooks) {
    throw new TapeError('Line 1 is not the header of an activity, trade or market-channel recording.');
  }
  if (lines.length > ROWS_MAX)
    throw new TapeError(`The file has ${lines.length} rows, more than ${ROWS_MAX}.`);
  const read: { fields: Fields; line: number }[] = [];
  const refusals = new Refusals();
  for (const { cells, line } of lines) {
    if (cells.length !== names.length) {
      refusals.add(line, `it has ${cells.length} fields instead of ${names.length}`);
      continue;
    }
    read.push({ line, fields: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])) });
  }
  const tape = isBooks
    ? bookRows(read, refusals)
    : activityRows(read, refusals, isActivity ? realRow : bareRow);
  if (tape.rows.length === 0 || refusals.count * 2 > lines.length) {
    throw new TapeError(refusals.reasons[0] ?? 'Line 2 is missing: the file has a header and no rows.');
  }
  return { ...tape, lines: lines.length, refused: refusals.count, reasons: refusals.reasons };
}

class Refusals {
  count = 0;
  readonly reasons: string[] = [];

  add(line: number, why: string): void {
    this.count += 1;
    if (this.reasons.length < REASONS_MAX) this.reasons.push(`Line ${line} is refused: ${why}.`);
  }
}

type RowReader = (fields: Fields, line: number) => ActivityTapeRow | string;

function activityRows(
  read: readonly { fields: Fields; line: number }[],
  refusals: Refusals,
  reader: RowReader,
): TapeContent {
  const rows: ActivityTapeRow[] = [];
  for (const { fields, line } of read) {
    const row = reader(fields, line);
    if (typeof row === 'string') refusals.add(line, row);
    else rows.push(row);
  }
  // Recordings run from the newest to the oldest row; rows of one second keep their order within it.
  rows.reverse();
  rows.sort((a, b) => a.atMs - b.atMs);
  return { kind: 'activity', rows };
}

function realRow(fields: Fields): ActivityTapeRow | string {
  const seconds = Number(fields.timestamp);
  if (!Number.isSafeInteger(seconds) || seconds <= 0) return 'timestamp is not a unix time';
  if (!ADDRESS.test(fields.proxyWallet!)) return 'proxyWallet is not an address';
  if (!HASH.test(fields.conditionId!)) return 'conditionId is not 0x and 64 hex digits';
  if (!HASH.test(fields.transactionHash!)) return 'transactionHash is not 0x and 64 hex digits';
  const trade = fields.type === 'TRADE';
  if (!/^[A-Z_]{3,30}$/.test(fields.type!)) return 'type is not known';
  if (trade && !TOKEN.test(fields.asset!)) return 'asset is not a token id';
  if (trade && fields.side !== 'BUY' && fields.side !== 'SELL') return 'side is neither BUY nor SELL';
  const wrong = wrongAmounts(fields.size!, trade ? fields.price! : '0.5');
  if (wrong !== null) return wrong;
  return {
    kind: 'activity',
    atMs: seconds * 1_000,
    activity: fields.type!,
    wallet: fields.proxyWallet!.toLowerCase(),
    conditionId: fields.conditionId!.toLowerCase(),
    tokenId: fields.asset!,
    outcome: fields.outcomeIndex === '0' ? 0 : fields.outcomeIndex === '1' ? 1 : null,
    outcomeName: fields.outcome ?? '',
    side: trade ? (fields.side as 'BUY' | 'SELL') : '',
    size: fields.size!,
    usdcSize: fields.usdcSize || '0',
    price: fields.price!,
    transactionHash: fields.transactionHash!.toLowerCase(),
    title: fields.title ?? '',
    slug: fields.slug ?? '',
    eventSlug: fields.eventSlug ?? '',
    icon: fields.icon ?? '',
    name: fields.name ?? '',
  };
}

/** A row without ids: they are derived from title, subtitle and outcome; the hash from the row and its line. */
function bareRow(fields: Fields, line: number): ActivityTapeRow | string {
  const atMs = Date.parse(`${fields.trade_dttm!.replace(' ', 'T')}Z`);
  if (Number.isNaN(atMs)) return 'trade_dttm is not a time';
  if (!ADDRESS.test(fields.trader_id!)) return 'trader_id is not an address';
  const side = fields.side!.toUpperCase();
  if (side !== 'BUY' && side !== 'SELL') return 'side is neither buy nor sell';
  const wrong = wrongAmounts(fields.amount!, fields.price!);
  if (wrong !== null) return wrong;
  const title = [fields.market_title!.trim(), (fields.market_subtitle ?? '').trim()]
    .filter(Boolean)
    .join(': ');
  const outcomeName = fields.outcome!.trim();
  const outcome = /^(no|down|under|false)$/i.test(outcomeName) ? 1 : 0;
  const base = `${fields.market_title}|${fields.market_subtitle}`;
  return {
    kind: 'activity',
    atMs,
    activity: 'TRADE',
    wallet: fields.trader_id!.toLowerCase(),
    conditionId: `0x${scatterHex(`tape-condition:${base}`, 64)}`,
    tokenId: derivedToken(`0x${scatterHex(`tape-condition:${base}`, 64)}`, outcome),
    outcome,
    outcomeName,
    side,
    size: fields.amount!,
    usdcSize: fields.value || '0',
    price: fields.price!,
    transactionHash: `0x${scatterHex(`tape-hash:${line}:${Object.values(fields).join('|')}`, 64)}`,
    title,
    slug: slugOf(title),
    eventSlug: slugOf(fields.market_title!),
    icon: fields.market_icon ?? '',
    name: fields.trader_name ?? '',
  };
}

/** A token id for an outcome that a recording does not name. */
export function derivedToken(conditionId: string, outcome: 0 | 1): string {
  return BigInt(`0x${scatterHex(`tape-token:${conditionId}:${outcome}`, 64)}`).toString();
}

function bookRows(read: readonly { fields: Fields; line: number }[], refusals: Refusals): TapeContent {
  const tokens: string[] = [];
  const byMoment = new Map<string, BookTapeRow>();
  let slug: string | null = null;
  for (const { fields, line } of read) {
    const wrong = wrongBookRow(fields);
    slug ??= wrong === null ? fields.market_slug! : null;
    const reason = wrong ?? (fields.market_slug === slug ? null : 'it belongs to a second market');
    if (reason !== null) {
      refusals.add(line, reason);
      continue;
    }
    const token = fields.asset_id!;
    if (!tokens.includes(token)) tokens.push(token);
    if (tokens.length > 2) {
      refusals.add(line, 'it belongs to a third token');
      tokens.pop();
      continue;
    }
    const kind = fields.event_type === 'book' ? 'book' : 'change';
    const key = `${kind}:${fields.timestamp}`;
    let row = byMoment.get(key);
    if (row === undefined) {
      row = { kind, atMs: Number(fields.timestamp), slug: fields.market_slug!, levels: [], lines: 0 };
      byMoment.set(key, row);
    }
    row.lines += 1;
    // The second token's book mirrors the first one's: its lines are counted and not applied.
    if (token === tokens[0]) row.levels.push([fields.side as 'bid' | 'ask', fields.price!, fields.size!]);
  }
  const rows = [...byMoment.values()].sort((a, b) => a.atMs - b.atMs);
  const first = tokens[0];
  return {
    kind: 'books',
    rows,
    // Without rows there are no tokens either, and the file is refused.
    tokens: [first ?? '', tokens[1] ?? derivedToken(first ?? '', 1)],
  };
}

function wrongBookRow(fields: Fields): string | null {
  if (!TOKEN.test(fields.asset_id!)) return 'asset_id is not a token id';
  if (fields.event_type !== 'book' && fields.event_type !== 'price_change') return 'event_type is not known';
  if (fields.side !== 'bid' && fields.side !== 'ask') return 'side is neither bid nor ask';
  const atMs = Number(fields.timestamp);
  if (!Number.isSafeInteger(atMs) || atMs <= 0) return 'timestamp is not a time in milliseconds';
  return wrongAmounts(fields.size!, fields.price!, 0n);
}

function wrongAmounts(size: string, price: string, sizeMin = 1n): string | null {
  try {
    if (parseMicros(size) < sizeMin) return 'size is not positive';
    const micros = parseMicros(price);
    return micros <= 0n || micros >= ONE ? 'price is not between 0 and 1' : null;
  } catch {
    // parseMicros refuses anything that is not plain decimal digits.
    return 'size or price is not a decimal number';
  }
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80);
}
