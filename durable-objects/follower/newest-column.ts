/** The newest fill of a group in the rows that wait in a buffer or as a carry, as JSON; empty in rows of earlier releases. */
import type { NewestFill } from '../../domain/decide/newest-fill.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import { type SqlRow, text } from '../platform/ports.ts';
import type { Group } from './groups.ts';

export const NEWEST_COLUMN = "newest TEXT NOT NULL DEFAULT ''";

/** A group that an earlier release had queued, and that is carried now, lacks the field. */
export function newestText({ newest }: Group): string {
  return newest === null || newest === undefined ? '' : toJson(newest);
}

export function newestIn(row: SqlRow): NewestFill | null {
  const doc = text(row, 'newest');
  return doc === '' ? null : fromJson<NewestFill>(doc);
}
