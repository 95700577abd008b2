/** Removes markets of D1 that closed long ago and that no row names any more: a few at a time, round and round by number. */
import type { LeaderAddress } from '../../domain/ids.ts';
import { DAY_MS } from '../../domain/time.ts';

/** LeaderFeed forgets a market with a result sooner, and hands it on anew should it be traded again. */
const CLOSED_KEPT_MS = 120 * DAY_MS;
const PLACE = 'markets';

/** Looks at the next `limit` markets; returns how many were removed. */
export async function removeMarkets(
  d1: D1Database,
  given: { readonly leaders: readonly LeaderAddress[]; readonly nowMs: number; readonly limit: number },
): Promise<number> {
  const { leaders, nowMs, limit } = given;
  const place = await d1
    .prepare('SELECT through_ms FROM maintenance WHERE name = ?')
    .bind(PLACE)
    .first<{ through_ms: number }>();
  const from = place?.through_ms ?? 0;
  const seen = await d1
    .prepare('SELECT market_no AS no FROM markets WHERE market_no > ? ORDER BY market_no LIMIT ?')
    .bind(from, limit)
    .all<{ no: number }>();
  const last = seen.results.at(-1)?.no;
  if (last === undefined && from === 0) return 0;
  const [removed] = await d1.batch([
    d1
      .prepare(
        `DELETE FROM markets WHERE market_no > ? AND market_no <= ? AND close_at_ms < ?
           AND NOT EXISTS (SELECT 1 FROM leader_fills f WHERE f.condition_id = markets.condition_id)
           AND NOT EXISTS (SELECT 1 FROM copy_attempts a WHERE a.mode IN ('PAPER', 'LIVE') AND a.condition_id = markets.condition_id)
           AND NOT EXISTS (SELECT 1 FROM positions p WHERE p.mode = 'PAPER' AND p.token_id = markets.token_id AND p.share_micros > 0)
           AND NOT EXISTS (SELECT 1 FROM positions p WHERE p.mode = 'LIVE' AND p.token_id = markets.token_id AND p.share_micros > 0)
           AND NOT EXISTS (SELECT 1 FROM venue_positions v WHERE v.token_id = markets.token_id)
           AND NOT EXISTS (SELECT 1 FROM leader_positions l WHERE l.token_id = markets.token_id AND l.share_micros > 0
             AND l.leader_address IN (SELECT value FROM json_each(?)))`,
      )
      .bind(from, last ?? from, nowMs - CLOSED_KEPT_MS, JSON.stringify(leaders)),
    d1
      .prepare(
        'INSERT INTO maintenance (name, through_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET through_ms = excluded.through_ms',
      )
      // At the end it begins again.
      .bind(PLACE, last ?? 0),
  ]);
  return removed?.meta.changes ?? 0;
}
