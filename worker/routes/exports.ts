/** The exports as CSV and JSON, for the signed-in operator or a program with the export token. Hostile text is defused. */
import { Hono } from 'hono';
import * as z from 'zod';
import { TRADING_MODES } from '../../domain/ids.ts';
import { parseCursor } from '../../ledger/keyset.ts';
import {
  EXPORT_ROWS_MAX,
  EXPORTS,
  type ExportPage,
  type ExportValue,
  readExport,
} from '../../ledger/read-export.ts';
import type { AppEnv } from '../ports.ts';

const nameSchema = z.enum(EXPORTS);
const querySchema = z.object({
  after: z
    .string()
    .optional()
    .transform((text, context) => {
      const cursor = parseCursor(text);
      if (cursor === undefined && text !== undefined)
        context.addIssue({ code: 'custom', message: 'not a cursor' });
      return cursor;
    }),
  limit: z.coerce.number().int().min(1).max(EXPORT_ROWS_MAX).default(EXPORT_ROWS_MAX),
  mode: z.enum(TRADING_MODES).default('PAPER'),
});

/** `GET /export/NAME.csv` and `.json`, with `after`, `limit` (at most 1,000) and `mode`. */
export function exportRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/export/:file', async (c) => {
    const [name = '', format = ''] = c.req.param('file').split('.');
    const known = nameSchema.safeParse(name);
    if (!known.success || (format !== 'csv' && format !== 'json'))
      return c.text('There is no such export.', 404);
    const query = querySchema.safeParse(c.req.query());
    if (!query.success) return c.text(z.prettifyError(query.error), 400);
    const page = await readExport(c.env.DB, { name: known.data, ...query.data, after: query.data.after });
    const next = page.next === undefined ? undefined : nextAddress(c.req.url, page.next);
    if (next !== undefined) c.header('Link', `<${next}>; rel="next"`);
    c.header('Cache-Control', 'no-store');
    if (format === 'json') return c.json({ data: page.rows, next: next ?? null });
    c.header('Content-Disposition', `attachment; filename="${known.data}.csv"`);
    return c.body(toCsv(page), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
  });
  return app;
}

function nextAddress(url: string, cursor: string): string {
  const next = new URL(url);
  next.searchParams.set('after', cursor);
  return `${next.pathname}${next.search}`;
}

/** RFC 4180 with a heading line. */
export function toCsv(page: Pick<ExportPage, 'columns' | 'rows'>): string {
  const lines = [page.columns, ...page.rows.map((row) => page.columns.map((column) => row[column] ?? null))];
  return `${lines.map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** Text that a spreadsheet would run as a formula gets a leading apostrophe; plain numbers, also negative ones, stay. */
export function csvCell(value: ExportValue): string {
  if (value === null) return '';
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
