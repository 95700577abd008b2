-- The live Wallet's tables. A CHECK cannot be changed in place, so the two tables whose lists of words have grown are
-- written anew and take the old name: every row is copied before the old table goes, all in the one transaction of
-- the migration. Nothing refers to either table, so that nothing can cascade.
CREATE TABLE `differences` (
	`subject` text NOT NULL,
	`token_id` text NOT NULL,
	`first_seen_at_ms` integer NOT NULL,
	`ledger_micros` integer NOT NULL,
	`venue_micros` integer NOT NULL,
	`readings` integer NOT NULL,
	`last_seen_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`revision` integer NOT NULL,
	PRIMARY KEY(`subject`, `token_id`, `first_seen_at_ms`),
	CONSTRAINT "differences_subject" CHECK("subject" in ('CASH', 'POSITION'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `differences_time` ON `differences` (`first_seen_at_ms`,`subject`,`token_id`);--> statement-breakpoint
CREATE INDEX `differences_open` ON `differences` (`first_seen_at_ms`) WHERE "ended_at_ms" is null;--> statement-breakpoint
CREATE TABLE `live_fills` (
	`trade_id` text NOT NULL,
	`order_id` text NOT NULL,
	`origin` text NOT NULL,
	`leader_address` text NOT NULL,
	`idempotency_key` text NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`side` text NOT NULL,
	`role` text NOT NULL,
	`share_micros` integer NOT NULL,
	`price_micros` integer NOT NULL,
	`notional_micros` integer NOT NULL,
	`fee_micros` integer NOT NULL,
	`state` text NOT NULL,
	`tx_hash` text NOT NULL,
	`matched_at_ms` integer NOT NULL,
	`seen_at_ms` integer NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`order_id`, `trade_id`),
	CONSTRAINT "live_fills_origin" CHECK("origin" in ('APP', 'EXTERNAL')),
	CONSTRAINT "live_fills_side" CHECK("side" in ('BUY', 'SELL')),
	CONSTRAINT "live_fills_role" CHECK("role" in ('TAKER', 'MAKER')),
	CONSTRAINT "live_fills_state" CHECK("state" in ('MATCHED', 'MINED', 'CONFIRMED', 'RETRYING', 'FAILED'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `live_fills_time` ON `live_fills` (`matched_at_ms`,`order_id`,`trade_id`);--> statement-breakpoint
CREATE TABLE `live_orders` (
	`order_key` text PRIMARY KEY NOT NULL,
	`shadow` integer NOT NULL,
	`order_id` text NOT NULL,
	`idempotency_key` text NOT NULL,
	`leader_address` text NOT NULL,
	`group_key` text NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`side` text NOT NULL,
	`order_type` text NOT NULL,
	`state` text NOT NULL,
	`limit_price_micros` integer NOT NULL,
	`share_micros` integer NOT NULL,
	`maker_micros` integer NOT NULL,
	`taker_micros` integer NOT NULL,
	`tick_price_micros` integer NOT NULL,
	`order_share_micros_min` integer NOT NULL,
	`protocol_version` text NOT NULL,
	`neg_risk` integer NOT NULL,
	`best_price_micros` integer NOT NULL,
	`book_age_ms` integer NOT NULL,
	`public_body` text NOT NULL,
	`filled_share_micros` integer NOT NULL,
	`filled_notional_micros` integer NOT NULL,
	`fee_micros` integer NOT NULL,
	`predicted_share_micros` integer,
	`predicted_notional_micros` integer,
	`predicted_fee_micros` integer,
	`submits` integer NOT NULL,
	`last_error` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`submitted_at_ms` integer,
	`answered_at_ms` integer,
	`final_at_ms` integer,
	`revision` integer NOT NULL,
	CONSTRAINT "live_orders_side" CHECK("side" in ('BUY', 'SELL')),
	CONSTRAINT "live_orders_type" CHECK("order_type" in ('FAK', 'FOK', 'GTC', 'GTD')),
	CONSTRAINT "live_orders_state" CHECK("state" in ('SHADOW_ONLY', 'PREPARED', 'SUBMITTED', 'DELAYED', 'OPEN', 'PARTIAL', 'FILLED', 'CANCELED', 'REJECTED', 'UNKNOWN')),
	CONSTRAINT "live_orders_protocol" CHECK("protocol_version" in ('v1', 'v2'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `live_orders_intent` ON `live_orders` (`idempotency_key`,`shadow`);--> statement-breakpoint
CREATE INDEX `live_orders_time` ON `live_orders` (`created_at_ms`,`order_key`);--> statement-breakpoint
CREATE TABLE `venue_positions` (
	`token_id` text PRIMARY KEY NOT NULL,
	`condition_id` text NOT NULL,
	`share_micros` integer NOT NULL,
	`avg_price_micros` integer,
	`mark_price_micros` integer,
	`redeemable` integer NOT NULL,
	`read_at_ms` integer NOT NULL,
	`revision` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `venue_positions_open` ON `venue_positions` (`token_id`) WHERE "share_micros" > 0;--> statement-breakpoint
CREATE TABLE `copy_attempts_next` (
	`mode` text NOT NULL,
	`portfolio_scope` text NOT NULL,
	`leader_address` text NOT NULL,
	`group_key` text NOT NULL,
	`idempotency_key` text NOT NULL,
	`revision` integer NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`side` text NOT NULL,
	`source_type` text NOT NULL,
	`fill_count` integer NOT NULL,
	`decision` text NOT NULL,
	`reasons` text NOT NULL,
	`clamps` text NOT NULL,
	`leader_notional_micros` integer NOT NULL,
	`target_notional_micros` integer NOT NULL,
	`target_share_micros` integer NOT NULL,
	`effective_rate_bps` integer NOT NULL,
	`reference_price_micros` integer NOT NULL,
	`mid_price_micros` integer,
	`limit_price_micros` integer,
	`filled_share_micros` integer NOT NULL,
	`filled_notional_micros` integer NOT NULL,
	`fee_micros` integer NOT NULL,
	`vwap_price_micros` integer,
	`settings_version` integer NOT NULL,
	`leader_event_at_ms` integer NOT NULL,
	`detected_at_ms` integer NOT NULL,
	`decided_at_ms` integer NOT NULL,
	`facts` text NOT NULL,
	PRIMARY KEY(`mode`, `portfolio_scope`, `leader_address`, `group_key`),
	CONSTRAINT "copy_attempts_mode" CHECK("mode" in ('PAPER', 'LIVE')),
	CONSTRAINT "copy_attempts_side" CHECK("side" in ('BUY', 'SELL')),
	CONSTRAINT "copy_attempts_source" CHECK("source_type" in ('IMMEDIATE', 'AGGREGATOR', 'BUFFER', 'CARRY', 'CLOSE')),
	CONSTRAINT "copy_attempts_decision_word" CHECK("decision" in ('EXECUTE', 'SKIP', 'WAIT'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `copy_attempts_next`("mode", "portfolio_scope", "leader_address", "group_key", "idempotency_key", "revision", "token_id", "condition_id", "side", "source_type", "fill_count", "decision", "reasons", "clamps", "leader_notional_micros", "target_notional_micros", "target_share_micros", "effective_rate_bps", "reference_price_micros", "mid_price_micros", "limit_price_micros", "filled_share_micros", "filled_notional_micros", "fee_micros", "vwap_price_micros", "settings_version", "leader_event_at_ms", "detected_at_ms", "decided_at_ms", "facts") SELECT "mode", "portfolio_scope", "leader_address", "group_key", "idempotency_key", "revision", "token_id", "condition_id", "side", "source_type", "fill_count", "decision", "reasons", "clamps", "leader_notional_micros", "target_notional_micros", "target_share_micros", "effective_rate_bps", "reference_price_micros", "mid_price_micros", "limit_price_micros", "filled_share_micros", "filled_notional_micros", "fee_micros", "vwap_price_micros", "settings_version", "leader_event_at_ms", "detected_at_ms", "decided_at_ms", "facts" FROM `copy_attempts`;--> statement-breakpoint
DROP TABLE `copy_attempts`;--> statement-breakpoint
ALTER TABLE `copy_attempts_next` RENAME TO `copy_attempts`;--> statement-breakpoint
CREATE INDEX `copy_attempts_time` ON `copy_attempts` (`mode`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_leader` ON `copy_attempts` (`mode`,`leader_address`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_decision` ON `copy_attempts` (`mode`,`decision`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_market` ON `copy_attempts` (`mode`,`condition_id`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE TABLE `ledger_entries_next` (
	`mode` text NOT NULL,
	`portfolio_scope` text NOT NULL,
	`ref_id` text NOT NULL,
	`entry_type` text NOT NULL,
	`leader_address` text NOT NULL,
	`condition_id` text NOT NULL,
	`token_id` text NOT NULL,
	`share_delta_micros` integer NOT NULL,
	`cash_delta_micros` integer NOT NULL,
	`price_micros` integer,
	`booked_at_ms` integer NOT NULL,
	PRIMARY KEY(`mode`, `portfolio_scope`, `ref_id`, `entry_type`),
	CONSTRAINT "ledger_entries_mode" CHECK("mode" in ('PAPER', 'LIVE')),
	CONSTRAINT "ledger_entries_type" CHECK("entry_type" in ('DEPOSIT', 'WITHDRAWAL', 'TRADE_FILL', 'FEE', 'SETTLEMENT', 'OPENING', 'REVERSAL', 'EXTERNAL_FILL', 'EXTERNAL_FLOW', 'EXTERNAL_CONVERSION'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `ledger_entries_next`("mode", "portfolio_scope", "ref_id", "entry_type", "leader_address", "condition_id", "token_id", "share_delta_micros", "cash_delta_micros", "price_micros", "booked_at_ms") SELECT "mode", "portfolio_scope", "ref_id", "entry_type", "leader_address", "condition_id", "token_id", "share_delta_micros", "cash_delta_micros", "price_micros", "booked_at_ms" FROM `ledger_entries`;--> statement-breakpoint
DROP TABLE `ledger_entries`;--> statement-breakpoint
ALTER TABLE `ledger_entries_next` RENAME TO `ledger_entries`;--> statement-breakpoint
CREATE INDEX `ledger_entries_time` ON `ledger_entries` (`mode`,`booked_at_ms`,`ref_id`,`entry_type`);
