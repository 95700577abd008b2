/**
 * Blanks the facts of decisions older than 90 days, a bounded chunk per call, from where the last call stopped. The rows
 * themselves are kept (design.md 2).
 */
const FACTS_KEPT_MS = 90 * 86_400_000;
/** Rows per call: with their reads this stays a small part of a minute's budget, and catches up 288,000 rows a day. */
const ROWS_PER_CALL = 200;
const CHECKPOINT = 'facts';

interface OldAttempt {
  readonly decided_at_ms: number;
}

/** Blanks up to 200 attempts' facts per mode; returns how many. Harmless when repeated or run twice at once. */
export async function pruneFacts(d1: D1Database, nowMs: number): Promise<number> {
  let blanked = 0;
  for (const mode of ['PAPER', 'LIVE']) blanked += await pruneMode(d1, mode, nowMs - FACTS_KEPT_MS);
  return blanked;
}

async function pruneMode(d1: D1Database, mode: string, cutoffMs: number): Promise<number> {
  const name = `${CHECKPOINT}:${mode}`;
  const checkpoint = await d1.prepare('SELECT through_ms FROM maintenance WHERE name = ?').bind(name).first<{
    through_ms: number;
  }>();
  const fromMs = checkpoint?.through_ms ?? 0;
  const due = await d1
    .prepare(
      `SELECT decided_at_ms FROM copy_attempts WHERE mode = ? AND decided_at_ms > ? AND decided_at_ms < ?
       ORDER BY decided_at_ms LIMIT ?`,
    )
    .bind(mode, fromMs, cutoffMs, ROWS_PER_CALL)
    .all<OldAttempt>();
  const last = due.results.at(-1);
  if (last === undefined) return 0;
  // Rows of the last millisecond that the limit cut off are blanked with it: the update goes by time, not by count.
  const [update] = await d1.batch([
    d1
      .prepare(
        `UPDATE copy_attempts SET facts = '' WHERE mode = ? AND decided_at_ms > ? AND decided_at_ms <= ? AND facts <> ''`,
      )
      .bind(mode, fromMs, last.decided_at_ms),
    d1
      .prepare(
        'INSERT INTO maintenance (name, through_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET through_ms = excluded.through_ms',
      )
      .bind(name, last.decided_at_ms),
  ]);
  return update?.meta.changes ?? 0;
}
