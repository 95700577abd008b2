-- Attempts of owed exits and of activities (A44, A48) have sources of their own. The list of sources was a CHECK, which cannot
-- be changed in place: the table is written anew without it, in the one transaction of the migration. Nothing refers to it.
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
	CONSTRAINT "copy_attempts_decision_word" CHECK("decision" in ('EXECUTE', 'SKIP', 'WAIT'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `copy_attempts_next`("mode", "portfolio_scope", "leader_address", "group_key", "idempotency_key", "revision", "token_id", "condition_id", "side", "source_type", "fill_count", "decision", "reasons", "clamps", "leader_notional_micros", "target_notional_micros", "target_share_micros", "effective_rate_bps", "reference_price_micros", "mid_price_micros", "limit_price_micros", "filled_share_micros", "filled_notional_micros", "fee_micros", "vwap_price_micros", "settings_version", "leader_event_at_ms", "detected_at_ms", "decided_at_ms", "facts") SELECT "mode", "portfolio_scope", "leader_address", "group_key", "idempotency_key", "revision", "token_id", "condition_id", "side", "source_type", "fill_count", "decision", "reasons", "clamps", "leader_notional_micros", "target_notional_micros", "target_share_micros", "effective_rate_bps", "reference_price_micros", "mid_price_micros", "limit_price_micros", "filled_share_micros", "filled_notional_micros", "fee_micros", "vwap_price_micros", "settings_version", "leader_event_at_ms", "detected_at_ms", "decided_at_ms", "facts" FROM `copy_attempts`;--> statement-breakpoint
DROP TABLE `copy_attempts`;--> statement-breakpoint
ALTER TABLE `copy_attempts_next` RENAME TO `copy_attempts`;--> statement-breakpoint
CREATE INDEX `copy_attempts_time` ON `copy_attempts` (`mode`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_leader` ON `copy_attempts` (`mode`,`leader_address`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_decision` ON `copy_attempts` (`mode`,`decision`,`decided_at_ms`,`group_key`);--> statement-breakpoint
CREATE INDEX `copy_attempts_market` ON `copy_attempts` (`mode`,`condition_id`,`decided_at_ms`,`group_key`);