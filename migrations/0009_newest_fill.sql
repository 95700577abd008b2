ALTER TABLE `copy_attempts` ADD `newest_event_at_ms` integer;--> statement-breakpoint
ALTER TABLE `copy_attempts` ADD `newest_detected_at_ms` integer;--> statement-breakpoint
ALTER TABLE `copy_attempts` ADD `own_wait_ms` integer;