/**
 * What the venue says of a wallet's trading so far: shown beside a name, so that the right one is chosen among equals. Only shown;
 * nothing is decided by it.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import { type CashMicros, cash, type ShareMicros, shares } from '../../domain/money.ts';
import { fetchJson, type VenueHost } from '../wire/http.ts';
import { objectOf } from '../wire/refused.ts';
import { parseDecimal } from '../wire/schemas.ts';

/** Null where the venue says nothing that can be read. */
export interface Standing {
  /** Shares traded since the beginning. */
  readonly volumeShareMicros: ShareMicros | null;
  /** Realised since the beginning. */
  readonly pnlMicros: CashMicros | null;
}

export const UNKNOWN_STANDING: Standing = { volumeShareMicros: null, pnlMicros: null };

/** One call. Throws VenueError. */
export async function fetchStanding(host: VenueHost, address: LeaderAddress): Promise<Standing> {
  const json = await fetchJson(host, '/v2/leaderboard', [
    ['user', address],
    ['time_period', 'all'],
  ]);
  return parseStanding(json);
}

/** `data` is one object or, on a board, a list; a wallet that is on no board has none. Never throws. */
export function parseStanding(json: unknown): Standing {
  const data = objectOf(json)?.data;
  const row = objectOf(Array.isArray(data) ? data[0] : data);
  if (row === undefined) return UNKNOWN_STANDING;
  const volume = parseDecimal(row.volume);
  const pnl = parseDecimal(row.pnl);
  return {
    volumeShareMicros: volume === undefined || volume < 0n ? null : shares(volume),
    pnlMicros: pnl === undefined ? null : cash(pnl),
  };
}
