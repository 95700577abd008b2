/** The exports as CSV and JSON, for the signed-in operator or a program with the export token. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { EXPORTS, type ExportName } from '../../domain/records/exports.ts';
import * as z from '../../domain/zod.ts';
import { readExport } from '../../ledger/export/read-export.ts';
import { formatCursor } from '../../ledger/read/keyset.ts';
import { exportStream, openExportFile } from '../export/export-file.ts';
import { type ExportAsk, parseExport } from '../export/export-request.ts';
import { EXPORT_FORMATS, type ExportFormat, toCsv } from '../export/export-text.ts';
import type { AppEnv } from '../ports.ts';

const fileSchema = z.tuple([z.enum(EXPORTS), z.enum(EXPORT_FORMATS)]);

/**
 * `GET /export/NAME.csv` and `.json` with `mode` and the filters of the page: the whole of it as one file, or, with
 * `after` or `limit` (at most 1,000), one page.
 */
export function exportRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/export/:file', async (c) => {
    const known = fileSchema.safeParse(c.req.param('file').split('.'));
    if (!known.success) return c.text('There is no such export.', 404);
    const [name, format] = known.data;
    const answer = await parseExport(c.env, name, c.req.url);
    if (answer.kind === 'refused') return c.text(answer.because, 400);
    c.header('Cache-Control', 'no-store');
    const { extent } = answer.ask;
    return extent.kind === 'page'
      ? exportPage(c, { name, format, ask: answer.ask, limit: extent.limit })
      : exportFile(c, { name, format, ask: answer.ask, part: extent.part });
  });
  return app;
}

interface Wanted {
  readonly name: ExportName;
  readonly format: ExportFormat;
  readonly ask: ExportAsk;
}

async function exportPage(
  c: Context<AppEnv>,
  { name, format, ask, limit }: Wanted & { readonly limit: number },
): Promise<Response> {
  const { mode, filter, after } = ask;
  const page = await readExport(c.env.DB, { name, mode, filter, after, limit });
  const next = page.next === undefined ? null : addressWith(c.req.url, 'after', formatCursor(page.next));
  linkNext(c, next);
  if (format === 'json') return c.json({ data: page.rows, next });
  c.header('Content-Disposition', `attachment; filename="${name}.csv"`);
  return c.body(toCsv(page), 200, { 'Content-Type': CONTENT_TYPES.csv });
}

/**
 * What does not fit one file comes in parts, and is known to before the first byte: the name of the file says which part
 * it is and how far it goes, `Link` (and `next` behind the data of JSON) where the following one is.
 */
async function exportFile(
  c: Context<AppEnv>,
  { name, format, ask, part }: Wanted & { readonly part: number },
): Promise<Response> {
  const { mode, filter, after } = ask;
  const file = await openExportFile(c.env.DB, { name, mode, filter, after });
  const { end } = file;
  const next = end === undefined ? null : addressWith(c.req.url, 'part', `${part + 1}~${formatCursor(end)}`);
  linkNext(c, next);
  const partly = end !== undefined || part > 1 ? `-part${part}` : '';
  const until = end === undefined || end.atMs === 0 ? '' : `-to-${fileTime(end.atMs)}`;
  c.header('Content-Disposition', `attachment; filename="${name}${partly}${until}.${format}"`);
  const stream = exportStream(c.env.DB, file, { format, next });
  return c.body(stream, 200, { 'Content-Type': CONTENT_TYPES[format] });
}

const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
} as const satisfies Record<ExportFormat, string>;

function linkNext(c: Context<AppEnv>, next: string | null): void {
  if (next !== null) c.header('Link', `<${next}>; rel="next"`);
}

function addressWith(url: string, word: string, value: string): string {
  const next = new URL(url);
  next.searchParams.set(word, value);
  return `${next.pathname}${next.search}`;
}

/** As ISO 8601 in UTC, without what file systems refuse: "2026-11-20T120000Z". */
function fileTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+/, '').replaceAll(':', '');
}
