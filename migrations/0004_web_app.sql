-- What the web app needs: counts of attempts for rates and histograms, and who made each change.
CREATE TABLE `copy_stats` (
	`mode` text NOT NULL,
	`leader_address` text NOT NULL,
	`day_at_ms` integer NOT NULL,
	`attempts` integer NOT NULL,
	`executed` integer NOT NULL,
	`skipped` integer NOT NULL,
	`partial` integer NOT NULL,
	`unfilled` integer NOT NULL,
	`leader_fills` integer NOT NULL,
	`wins` integer NOT NULL,
	`losses` integer NOT NULL,
	`slippage` text NOT NULL,
	`detection_lag` text NOT NULL,
	`copy_lag` text NOT NULL,
	`reasons` text NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`mode`, `leader_address`, `day_at_ms`),
	CONSTRAINT "copy_stats_mode" CHECK("mode" in ('PAPER', 'LIVE'))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `audit_log` ADD `actor` text DEFAULT 'operator' NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_log_command` ON `audit_log` (`command_id`);--> statement-breakpoint
ALTER TABLE `control_versions` ADD `actor` text DEFAULT 'operator' NOT NULL;--> statement-breakpoint
CREATE INDEX `leader_positions_open` ON `leader_positions` (`leader_address`,`token_id`) WHERE "share_micros" > 0;
