/** An export as text, page by page: CSV as RFC 4180 with a heading line, or one JSON object. Hostile text is defused. */
import type { ExportPage, ExportRow, ExportValue } from '../../ledger/export/export-page.ts';

export const EXPORT_FORMATS = ['csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a file in parts is made of. `next` is the address of the following part, null when there is none. */
export interface ExportWriter {
  readonly head: (page: Pick<ExportPage, 'columns'>) => string;
  readonly rows: (page: Pick<ExportPage, 'columns' | 'rows'>, first: boolean) => string;
  readonly tail: (next: string | null) => string;
}

export const EXPORT_WRITERS = {
  csv: {
    head: ({ columns }) => csvLines([columns]),
    rows: ({ columns, rows }) => csvLines(rows.map((row) => columns.map((column) => row[column] ?? null))),
    // A last line that is not a row would be read as one; the name of the file and its Link say that more follows.
    tail: () => '',
  },
  json: {
    head: () => '{"data":[',
    rows: ({ rows }, first) => `${first || rows.length === 0 ? '' : ','}${rows.map(jsonRow).join(',')}`,
    tail: (next) => `],"next":${JSON.stringify(next)}}`,
  },
} as const satisfies Record<ExportFormat, ExportWriter>;

/** One page with its heading line. */
export function toCsv(page: Pick<ExportPage, 'columns' | 'rows'>): string {
  return EXPORT_WRITERS.csv.head(page) + EXPORT_WRITERS.csv.rows(page);
}

/** Text that a spreadsheet would run as a formula gets a leading apostrophe; plain numbers, also negative ones, stay. */
export function csvCell(value: ExportValue): string {
  if (value === null) return '';
  const text = textOf(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvLines(lines: readonly (readonly ExportValue[])[]): string {
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

/** Several values in one cell are separated by spaces. */
function textOf(value: Exclude<ExportValue, null>): string {
  if (typeof value !== 'object') return String(value);
  const values: readonly string[] = Array.isArray(value)
    ? value
    : Object.entries(value).map(([name, count]) => `${name}=${count}`);
  return values.join(' ');
}

function jsonRow(row: ExportRow): string {
  return JSON.stringify(row);
}
