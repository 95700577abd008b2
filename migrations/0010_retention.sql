-- What was added up of rows before they were removed, and how large the database was on each day.
CREATE TABLE `day_sums` (
	`kind` text NOT NULL,
	`mode` text NOT NULL,
	`leader_address` text NOT NULL,
	`day_at_ms` integer NOT NULL,
	`word` text NOT NULL,
	`row_count` integer NOT NULL,
	`notional_micros` integer NOT NULL,
	`fee_micros` integer NOT NULL,
	PRIMARY KEY(`kind`, `mode`, `leader_address`, `day_at_ms`, `word`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `storage_days` (
	`day_at_ms` integer PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`removed_rows` integer NOT NULL
) STRICT;
--> statement-breakpoint
-- A market that no row names any more leaves the search index with its row.
CREATE TRIGGER `markets_search_delete` AFTER DELETE ON `markets` BEGIN
	INSERT INTO `market_search`(`market_search`, `rowid`, `title`, `outcome`) VALUES ('delete', old.`market_no`, old.`title`, old.`outcome`);
END;
