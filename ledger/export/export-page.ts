/** What one page of an export is, and what asks for it. */
import type { TradingMode } from '../../domain/ids.ts';
import type { ExportName } from '../../domain/records/exports.ts';
import type { Cursor } from '../read/keyset.ts';
import type { ExportFilter } from './export-sources.ts';

/** An object of counts, or a list of words, where one cell holds several values. */
export type ExportValue =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | Readonly<Record<string, string>>;
export type ExportRow = Readonly<Record<string, ExportValue>>;

export interface ExportPage {
  readonly columns: readonly string[];
  readonly rows: readonly ExportRow[];
  /** Where the next page goes on; undefined when this page is the last for now. */
  readonly next: Cursor | undefined;
}

export interface ExportRequest {
  readonly name: ExportName;
  readonly mode: TradingMode;
  readonly after: Cursor | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
  readonly filter?: ExportFilter | undefined;
  /** The last place that belongs to the answer. */
  readonly until?: Cursor | undefined;
}
