/**
 * A whole export as one file, streamed page by page as it is read. A file that ends is complete: one that cannot be read
 * to its end breaks off, so that no half of it is taken for the whole.
 */
import { EXPORT_FILE_ROWS_MAX, EXPORT_ROWS_MAX } from '../../domain/records/exports.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import type { ExportPage, ExportRequest } from '../../ledger/export/export-page.ts';
import { findExportEnd, readExport } from '../../ledger/export/read-export.ts';
import type { Cursor } from '../../ledger/read/keyset.ts';
import { EXPORT_WRITERS, type ExportFormat } from './export-text.ts';

/** Rows may be added before the end while it is read; beyond this a file breaks off. With the probe, below 50 queries. */
const PAGES_MAX = EXPORT_FILE_ROWS_MAX / EXPORT_ROWS_MAX + 4;

export interface ExportFile {
  readonly request: ExportRequest;
  readonly first: ExportPage;
  /** Where this file ends although the export goes on; undefined when it holds all there is. */
  readonly end: Cursor | undefined;
}

/** The first page, and where the file will have to end. Throws what D1 throws, before anything is sent. */
export async function openExportFile(
  d1: D1Database,
  request: Omit<ExportRequest, 'limit'>,
): Promise<ExportFile> {
  const whole = { ...request, limit: EXPORT_ROWS_MAX };
  const first = await readExport(d1, whole);
  if (first.next === undefined) return { request: whole, first, end: undefined };
  const rest = { ...whole, after: first.next };
  const end = await findExportEnd(d1, rest, EXPORT_FILE_ROWS_MAX - EXPORT_ROWS_MAX);
  return { request: whole, first, end };
}

/** The file's text; `next` is the address of the following part. Nothing is read before the client reads it. */
export function exportStream(
  d1: D1Database,
  file: ExportFile,
  { format, next }: { readonly format: ExportFormat; readonly next: string | null },
): ReadableStream<Uint8Array> {
  const texts = textsOf(d1, file, { format, next });
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const text = await texts.next();
          if (text.done) controller.close();
          else controller.enqueue(encoder.encode(text.value));
        } catch (error) {
          const { name, mode } = file.request;
          log('error', 'an export broke off', { name, mode, reason: reasonOf(error) });
          controller.error(error);
        }
      },
      async cancel() {
        await texts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* textsOf(
  d1: D1Database,
  { request, first, end }: ExportFile,
  { format, next }: { readonly format: ExportFormat; readonly next: string | null },
): AsyncGenerator<string, undefined> {
  const writer = EXPORT_WRITERS[format];
  yield writer.head(first) + writer.rows(first, true);
  // The first pages may be empty although rows follow, as of paper beside live after a time of skipped copies.
  let isFirst = first.rows.length === 0;
  let after = first.next;
  for (let pages = 1; after !== undefined; pages += 1) {
    if (pages >= PAGES_MAX) throw new Error('more rows came while it was read than one file takes');
    const page = await readExport(d1, { ...request, after, until: end });
    // An empty page has nothing to send.
    if (page.rows.length > 0) {
      yield writer.rows(page, isFirst);
      isFirst = false;
    }
    after = page.next;
  }
  const tail = writer.tail(next);
  if (tail !== '') yield tail;
  return undefined;
}
