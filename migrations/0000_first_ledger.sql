CREATE TABLE `audit_log` (
	`audit_no` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at_ms` integer NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`field` text NOT NULL,
	`old_value` text NOT NULL,
	`new_value` text NOT NULL,
	`command_id` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `control_versions` (
	`version` integer PRIMARY KEY NOT NULL,
	`command_id` text NOT NULL,
	`control` text NOT NULL,
	`saved_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `control_versions_command` ON `control_versions` (`command_id`);--> statement-breakpoint
CREATE TABLE `copy_attempts` (
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
	CONSTRAINT "copy_attempts_source" CHECK("source_type" in ('IMMEDIATE', 'AGGREGATOR', 'BUFFER', 'CARRY')),
	CONSTRAINT "copy_attempts_decision_word" CHECK("decision" in ('EXECUTE', 'SKIP'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `copy_attempts_time` ON `copy_attempts` (`mode`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_leader` ON `copy_attempts` (`mode`,`leader_address`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_decision` ON `copy_attempts` (`mode`,`decision`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_market` ON `copy_attempts` (`mode`,`condition_id`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE TABLE `copy_fills` (
	`mode` text NOT NULL,
	`fill_key` text NOT NULL,
	`group_key` text NOT NULL,
	`leader_address` text NOT NULL,
	`token_id` text NOT NULL,
	`side` text NOT NULL,
	`share_micros` integer NOT NULL,
	`price_micros` integer NOT NULL,
	`notional_micros` integer NOT NULL,
	`fee_micros` integer NOT NULL,
	`filled_at_ms` integer NOT NULL,
	PRIMARY KEY(`mode`, `fill_key`),
	CONSTRAINT "copy_fills_mode" CHECK("mode" in ('PAPER', 'LIVE')),
	CONSTRAINT "copy_fills_side" CHECK("side" in ('BUY', 'SELL'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `copy_fills_time` ON `copy_fills` (`mode`,`filled_at_ms`,`fill_key`);--> statement-breakpoint
CREATE TABLE `group_members` (
	`mode` text NOT NULL,
	`member_id` text NOT NULL,
	`group_key` text NOT NULL,
	PRIMARY KEY(`mode`, `member_id`),
	CONSTRAINT "group_members_mode" CHECK("mode" in ('PAPER', 'LIVE'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `leader_activities` (
	`activity_id` text PRIMARY KEY NOT NULL,
	`leader_address` text NOT NULL,
	`tx_hash` text NOT NULL,
	`type` text NOT NULL,
	`condition_id` text NOT NULL,
	`share_micros` integer NOT NULL,
	`cash_micros` integer NOT NULL,
	`event_at_ms` integer NOT NULL,
	`detected_at_ms` integer NOT NULL,
	CONSTRAINT "leader_activities_type" CHECK("type" in ('SPLIT', 'MERGE', 'REDEEM', 'CONVERSION'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `leader_activities_time` ON `leader_activities` (`event_at_ms`,`activity_id`);--> statement-breakpoint
CREATE TABLE `leader_fills` (
	`fill_id` text PRIMARY KEY NOT NULL,
	`leader_address` text NOT NULL,
	`tx_hash` text NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`side` text NOT NULL,
	`share_micros` integer NOT NULL,
	`price_micros` integer NOT NULL,
	`notional_micros` integer NOT NULL,
	`event_at_ms` integer NOT NULL,
	`detected_at_ms` integer NOT NULL,
	`source` text NOT NULL,
	`disposition` text NOT NULL,
	`group_key` text NOT NULL,
	CONSTRAINT "leader_fills_side" CHECK("side" in ('BUY', 'SELL')),
	CONSTRAINT "leader_fills_source" CHECK("source" in ('RTDS_TRADES', 'RTDS_MATCHED', 'DATA_API', 'CHAIN')),
	CONSTRAINT "leader_fills_disposition" CHECK("disposition" in ('GROUPED', 'HISTORY', 'EVENT_TOO_OLD', 'DIFFERENCE', 'NOT_TRADABLE'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `leader_fills_time` ON `leader_fills` (`event_at_ms`,`fill_id`);--> statement-breakpoint
CREATE INDEX `leader_fills_leader` ON `leader_fills` (`leader_address`,`event_at_ms`,`fill_id`);--> statement-breakpoint
CREATE INDEX `leader_fills_market` ON `leader_fills` (`condition_id`,`event_at_ms`,`fill_id`);--> statement-breakpoint
CREATE TABLE `leader_positions` (
	`leader_address` text NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`share_micros` integer NOT NULL,
	`cost_micros` integer NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`leader_address`, `token_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `ledger_entries` (
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
	CONSTRAINT "ledger_entries_type" CHECK("entry_type" in ('DEPOSIT', 'WITHDRAWAL', 'TRADE_FILL', 'FEE', 'SETTLEMENT'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `ledger_entries_time` ON `ledger_entries` (`mode`,`booked_at_ms`,`ref_id`,`entry_type`);--> statement-breakpoint
CREATE TABLE `maintenance` (
	`name` text PRIMARY KEY NOT NULL,
	`through_ms` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `markets` (
	`market_no` integer PRIMARY KEY NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`title` text NOT NULL,
	`slug` text NOT NULL,
	`outcome` text NOT NULL,
	`close_at_ms` integer,
	`tick_price_micros` integer,
	`accepting_orders` integer NOT NULL,
	`payout_price_micros` integer,
	`revision` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `markets_token` ON `markets` (`token_id`);--> statement-breakpoint
CREATE INDEX `markets_condition` ON `markets` (`condition_id`);--> statement-breakpoint
CREATE TABLE `portfolio_snapshots` (
	`mode` text NOT NULL,
	`portfolio_scope` text NOT NULL,
	`leader_address` text NOT NULL,
	`bucket` text NOT NULL,
	`bucket_at_ms` integer NOT NULL,
	`equity_micros` integer NOT NULL,
	`cash_micros` integer NOT NULL,
	`exposure_micros` integer NOT NULL,
	`realised_micros` integer NOT NULL,
	`unrealised_micros` integer NOT NULL,
	`flow_micros` integer NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`mode`, `portfolio_scope`, `leader_address`, `bucket`, `bucket_at_ms`),
	CONSTRAINT "portfolio_snapshots_mode" CHECK("mode" in ('PAPER', 'LIVE')),
	CONSTRAINT "portfolio_snapshots_scope" CHECK("portfolio_scope" in ('EXEC_GLOBAL', 'SHADOW_USER')),
	CONSTRAINT "portfolio_snapshots_bucket" CHECK("bucket" in ('MINUTE', 'HOUR', 'DAY'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `positions` (
	`mode` text NOT NULL,
	`leader_address` text NOT NULL,
	`token_id` text NOT NULL,
	`condition_id` text NOT NULL,
	`share_micros` integer NOT NULL,
	`cost_micros` integer NOT NULL,
	`realised_micros` integer NOT NULL,
	`mark_price_micros` integer,
	`marked_at_ms` integer NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`mode`, `leader_address`, `token_id`),
	CONSTRAINT "positions_mode" CHECK("mode" in ('PAPER', 'LIVE'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `positions_open` ON `positions` (`mode`,`token_id`) WHERE "share_micros" > 0;--> statement-breakpoint
CREATE TABLE `quarantine` (
	`quarantine_id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`reason` text NOT NULL,
	`excerpt` text NOT NULL,
	`seen_at_ms` integer NOT NULL
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `quarantine_time` ON `quarantine` (`seen_at_ms`,`quarantine_id`);