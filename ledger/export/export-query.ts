/**
 * The one statement behind a page of an export: filters as bound values, in the order of an index, each row with the
 * name of its market. Table, columns and conditions are our own text; every value of a request is bound, by number.
 */
import { getTableColumns, getTableName, gt, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { assert } from '../../domain/assert.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { type Cursor, keyPartsOf, type Place, placed } from '../read/keyset.ts';
import { textOf, type Value } from '../read/raw-sql.ts';
import type { ExportFilter, Lead, Source } from './export-sources.ts';

export interface ExportQuery {
  readonly mode: TradingMode;
  readonly filter: ExportFilter;
  readonly after: Cursor | undefined;
  /** The last place that belongs to the answer; undefined up to the end of the table. */
  readonly until: Cursor | undefined;
  readonly limit: number;
  /** Rows passed over first, looked at in the index alone. */
  readonly skip: number;
  /** Whole rows with the names of their markets, or only their places. */
  readonly what: 'rows' | 'places';
}

/** The titles of the columns of a market's name. */
export const MARKET_COLUMNS = ['market', 'outcome'] as const;
/** SQLite as D1 builds it takes no more than five SELECTs in one compound (workerd, sqlite.c++). */
const COMPOUND_MAX = 5;

/** Columns in the order of the export. */
export function orderOf({ time, keys }: Source): readonly SQLiteColumn[] {
  return time === undefined ? keys : [time, ...keys];
}

/** The columns of whole rows, by field. */
export function columnsOf({ table, without }: Source): readonly (readonly [string, SQLiteColumn])[] {
  const all: Readonly<Record<string, SQLiteColumn>> = getTableColumns(table);
  return Object.entries(all).filter(([field]) => !without.includes(field));
}

/** One statement, however many markets are wanted. Call it with at least one. */
export function exportStatement(d1: D1Database, source: Source, query: ExportQuery): D1PreparedStatement {
  const values: Value[] = [];
  const bind: Bind = (value) => `?${values.push(value)}`;
  const order = orderOf(source).map((column) => column.name);
  const { always, branches } = conditionsOf(source, query, bind);
  const withNames = query.what === 'rows' && source.named;
  const columns = query.what === 'rows' ? columnsOf(source).map(([, column]) => column.name) : order;
  const names = withNames ? `, m.title AS ${MARKET_COLUMNS[0]}, m.outcome AS ${MARKET_COLUMNS[1]}` : '';
  // The left side leads a LEFT JOIN, and a token has one market at most: neither order nor number of rows changes.
  const join = withNames ? ' LEFT JOIN markets m ON m.token_id = t.token_id' : '';
  const selects = branches.map(
    (branch) =>
      `SELECT ${columns.map((column) => `t.${column} AS ${column}`).join(', ')}${names}
       FROM ${getTableName(source.table)} t${join} WHERE ${[...branch, ...always].join(' AND ')}
       ORDER BY ${order.map((column) => `t.${column}`).join(', ')}`,
  );
  const window = selects.length === 1 ? '' : bind(query.limit + query.skip);
  const end = `LIMIT ${bind(query.limit)} OFFSET ${bind(query.skip)}`;
  return d1.prepare(`${merged(selects, order.join(', '), window)} ${end}`).bind(...values);
}

type Bind = (value: Value) => string;

/** The SELECTs as one in the same order: each gives at most a window of rows, so that an index serves each. */
function merged(selects: readonly string[], order: string, window: string): string {
  if (selects.length === 1) return selects[0] ?? '';
  const windows = selects.map((select) => `SELECT * FROM (${select} LIMIT ${window})`);
  const groups: string[] = [];
  for (let at = 0; at < windows.length; at += COMPOUND_MAX) {
    groups.push(`${windows.slice(at, at + COMPOUND_MAX).join(' UNION ALL ')} ORDER BY ${order}`);
  }
  return merged(groups, order, window);
}

interface Conditions {
  readonly always: readonly string[];
  /** Each is a part of the answer that an index serves; at least one, at most 25. */
  readonly branches: readonly (readonly string[])[];
}

function conditionsOf(source: Source, query: ExportQuery, bind: Bind): Conditions {
  const { mode, filter } = query;
  const fixed = source.fixed(mode, filter);
  const always = Object.entries(fixed).map(([field, value]) => `t.${nameOf(source, field)} = ${bind(value)}`);
  const lead = source.leads?.find((one) => isSet(one, filter));
  const same = (field: string, value: string | number | undefined, leads = false): void => {
    // A plus keeps a column out of the planner's choice: the index that leads is ours to name.
    if (value !== undefined) always.push(`${leads ? '' : '+'}t.${nameOf(source, field)} = ${bind(value)}`);
  };
  if (!('leaderAddress' in fixed)) same('leaderAddress', filter.leaderAddress, lead === 'leader');
  same('decision', filter.decision, lead === 'decision');
  same('sourceType', filter.sourceType);
  same('state', filter.state);
  same('shadow', filter.shadow === undefined ? undefined : Number(filter.shadow));
  same('origin', filter.origin);
  if (filter.reason !== undefined) {
    always.push(`instr(t.${nameOf(source, 'reasons')}, ${bind(`"${filter.reason}"`)}) > 0`);
  }
  always.push(...placeConditions(source, query).map((condition) => textOf(condition, bind)));
  if (lead === 'market') {
    const conditions = filter.conditionIds ?? [];
    return { always, branches: conditions.map((id) => [`t.${nameOf(source, 'conditionId')} = ${bind(id)}`]) };
  }
  if (filter.conditionIds !== undefined) always.push(marketCondition(source, filter.conditionIds, bind));
  return { always, branches: source.parts?.map((part) => [part]) ?? [['1']] };
}

function isSet(lead: Lead, filter: ExportFilter): boolean {
  const values = { market: filter.conditionIds, leader: filter.leaderAddress, decision: filter.decision };
  return values[lead] !== undefined;
}

function marketCondition(source: Source, conditionIds: readonly string[], bind: Bind): string {
  const ids = conditionIds.map(bind).join(', ');
  if ('conditionId' in getTableColumns(source.table)) return `+t.condition_id IN (${ids})`;
  return `+t.${nameOf(source, 'tokenId')} IN (SELECT token_id FROM markets WHERE condition_id IN (${ids}))`;
}

/** What lies beyond the cursor, not beyond the end, and on the wanted days. */
function placeConditions(source: Source, { after, until, filter }: ExportQuery): readonly SQL[] {
  const conditions: SQL[] = [];
  const order = orderOf(source).map(inTable);
  const place = after === undefined ? undefined : placeOf(source, after);
  if (place !== undefined) conditions.push(placed(order, '>', place));
  // A cursor of another export has other parts: it goes on from its time alone.
  else if (after !== undefined && source.time !== undefined) {
    conditions.push(gt(inTable(source.time), after.atMs));
  }
  const end = until === undefined ? undefined : placeOf(source, until);
  if (end !== undefined) conditions.push(placed(order, '<=', end));
  const dated = source.dated ?? source.time;
  const { sinceMs, beforeMs } = filter;
  if (dated === undefined || (sinceMs === undefined && beforeMs === undefined)) return conditions;
  // Day 0 of the statistics is all days, which no day is part of.
  const leastMs = dated === source.time ? sinceMs : Math.max(sinceMs ?? 1, 1);
  // A cursor beyond the first day says more than the day.
  const passed = dated === source.time && after !== undefined && after.atMs >= (leastMs ?? 0);
  if (leastMs !== undefined && !passed) conditions.push(gte(inTable(dated), leastMs));
  if (beforeMs !== undefined) conditions.push(lt(inTable(dated), beforeMs));
  return conditions;
}

/** A column of the exported table, as the statement names it. */
function inTable(column: SQLiteColumn): SQL {
  return sql.raw(`t.${column.name}`);
}

/** The values of a cursor in the order of the export; undefined when it is the cursor of another export. */
function placeOf(source: Source, cursor: Cursor): Place | undefined {
  const texts = keyPartsOf(cursor, source.keys.length);
  if (texts === undefined) return undefined;
  const parts = texts.map((text, at) => (source.keys[at]?.dataType === 'number' ? Number(text) : text));
  if (parts.some((part) => typeof part === 'number' && !Number.isSafeInteger(part))) return undefined;
  return source.time === undefined ? parts : [cursor.atMs, ...parts];
}

function nameOf(source: Source, field: string): string {
  const columns: Readonly<Record<string, SQLiteColumn>> = getTableColumns(source.table);
  const column = columns[field];
  assert(column !== undefined, 'a filter that this export does not have', { field });
  return column.name;
}
