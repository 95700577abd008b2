/** The table of market facts; MarketFactsStore owns it. */
import { addColumn } from '../platform/add-column.ts';
import type { ObjectStorage } from '../platform/ports.ts';

/** Earlier releases had the facts alone: what is asked of every market without a result is taken out of them once. */
export function makeMarketTable(storage: ObjectStorage): void {
  storage.rows(
    'CREATE TABLE IF NOT EXISTS market (condition TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID',
  );
  const hasColumns = storage
    .rows("SELECT 1 AS known FROM sqlite_master WHERE name = 'market' AND sql LIKE '%close_at%'")
    .some(() => true);
  if (!hasColumns)
    storage.transaction(() => {
      addColumn(storage, 'market', 'open INTEGER NOT NULL DEFAULT 1');
      addColumn(storage, 'market', 'close_at INTEGER');
      addColumn(storage, 'market', 'ended INTEGER NOT NULL DEFAULT 0');
      storage.rows(
        `UPDATE market SET open = json_extract(body, '$.payouts') IS NULL, close_at = json_extract(body, '$.facts[0].closeAtMs'),
           ended = coalesce(json_extract(body, '$.closed'), 0) OR NOT coalesce(json_extract(body, '$.facts[0].acceptingOrders'), 1)`,
      );
    });
  storage.rows('CREATE INDEX IF NOT EXISTS market_open ON market (condition) WHERE open = 1');
  storage.rows('CREATE INDEX IF NOT EXISTS market_resolved ON market (at_ms) WHERE open = 0');
}
