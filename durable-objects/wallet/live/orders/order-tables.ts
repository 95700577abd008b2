/** The tables of the live Wallet's orders and their fills; OrderStore owns them. */
export const ORDER_TABLES = [
  `CREATE TABLE IF NOT EXISTS live_order (
     order_key TEXT PRIMARY KEY, idempotency_key TEXT NOT NULL, shadow INTEGER NOT NULL, open INTEGER NOT NULL,
     created_at INTEGER NOT NULL, doc TEXT NOT NULL, UNIQUE (idempotency_key, shadow)) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS live_order_open ON live_order (open) WHERE open = 1',
  // Pruning comes once a minute, and must not read what stays.
  'CREATE INDEX IF NOT EXISTS live_order_ended ON live_order (created_at) WHERE open = 0',
  `CREATE TABLE IF NOT EXISTS live_fill (
     trade_id TEXT NOT NULL, order_id TEXT NOT NULL, final INTEGER NOT NULL, matched_at INTEGER NOT NULL, doc TEXT NOT NULL,
     PRIMARY KEY (trade_id, order_id)) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS live_fill_order ON live_fill (order_id)',
  'CREATE INDEX IF NOT EXISTS live_fill_open ON live_fill (final) WHERE final = 0',
  'CREATE INDEX IF NOT EXISTS live_fill_final ON live_fill (matched_at) WHERE final = 1',
];
