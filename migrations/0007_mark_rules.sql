-- Which rule gave the mark of a position (A49).
ALTER TABLE `positions` ADD `mark_rule` text;