/**
 * Ids in an object's own SQLite, read back through the parsers that made them. Only parsed ids are ever stored, so a text that is
 * no id is our own bug: each of these throws TypeError on it.
 */
import {
  type ConditionId,
  type LeaderAddress,
  parseConditionId,
  parseLeaderAddress,
  parseSliceOwner,
  parseTokenId,
  type SliceOwner,
  type TokenId,
} from '../../domain/ids.ts';
import { type SqlRow, text } from './ports.ts';

export function leaderOf(row: SqlRow, column: string): LeaderAddress {
  return idOf(row, column, parseLeaderAddress);
}

/** A leader, or EXTERNAL_LEADER. */
export function ownerOf(row: SqlRow, column: string): SliceOwner {
  return idOf(row, column, parseSliceOwner);
}

export function tokenOf(row: SqlRow, column: string): TokenId {
  return idOf(row, column, parseTokenId);
}

export function conditionOf(row: SqlRow, column: string): ConditionId {
  return idOf(row, column, parseConditionId);
}

function idOf<Id extends string>(row: SqlRow, column: string, parse: (value: string) => Id | undefined): Id {
  const id = parse(text(row, column));
  if (id === undefined) throw new TypeError(`column ${column} holds no id of its kind`);
  return id;
}
