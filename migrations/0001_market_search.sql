-- Market text, searchable by words. The triggers keep it, so that a market and its index change in one statement.
CREATE VIRTUAL TABLE `market_search` USING fts5(`title`, `outcome`, content='markets', content_rowid='market_no');
--> statement-breakpoint
CREATE TRIGGER `markets_search_insert` AFTER INSERT ON `markets` BEGIN
	INSERT INTO `market_search`(`rowid`, `title`, `outcome`) VALUES (new.`market_no`, new.`title`, new.`outcome`);
END;
--> statement-breakpoint
CREATE TRIGGER `markets_search_update` AFTER UPDATE OF `title`, `outcome` ON `markets` WHEN old.`title` <> new.`title` OR old.`outcome` <> new.`outcome` BEGIN
	INSERT INTO `market_search`(`market_search`, `rowid`, `title`, `outcome`) VALUES ('delete', old.`market_no`, old.`title`, old.`outcome`);
	INSERT INTO `market_search`(`rowid`, `title`, `outcome`) VALUES (new.`market_no`, new.`title`, new.`outcome`);
END;
