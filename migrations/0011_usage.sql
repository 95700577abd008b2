-- How much of the plan's daily meters was used.
CREATE TABLE `usage_days` (
	`day_at_ms` integer NOT NULL,
	`source` text NOT NULL,
	`worker_requests` integer NOT NULL,
	`object_requests` integer NOT NULL,
	`awake_ms` integer NOT NULL,
	`object_rows_read` integer NOT NULL,
	`object_rows_written` integer NOT NULL,
	`d1_rows_read` integer NOT NULL,
	`d1_rows_written` integer NOT NULL,
	PRIMARY KEY(`day_at_ms`, `source`)
) STRICT, WITHOUT ROWID;
