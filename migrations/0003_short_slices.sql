-- Slices of the live Wallet that are below zero, which are rare: an entry is written only for them.
CREATE INDEX `positions_short` ON `positions` (`mode`,`token_id`) WHERE "share_micros" < 0;
