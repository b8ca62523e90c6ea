-- Written by hand (the generator would copy rows of columns that are new): links with where their sides lie. Earlier
-- formats never wrote a link, so `link_side` is made anew; it is WITHOUT ROWID, as its rows are small and found by key.
ALTER TABLE `book` ADD `node_titles` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `link` ADD `load` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE TABLE `link_source` (
	`name` text PRIMARY KEY NOT NULL,
	`load` integer NOT NULL,
	`tag` text NOT NULL,
	`read` integer NOT NULL,
	`met` integer NOT NULL,
	`duplicate` integer NOT NULL,
	`invalid` integer NOT NULL,
	`unwanted` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
DROP TABLE `link_side`;--> statement-breakpoint
CREATE TABLE `link_side` (
	`link_id` integer NOT NULL,
	`side` integer NOT NULL,
	`node_id` integer,
	`from_path` blob,
	`to_path` blob,
	`home` blob,
	`state` text DEFAULT 'unknown-book' NOT NULL,
	PRIMARY KEY(`link_id`, `side`),
	FOREIGN KEY (`link_id`) REFERENCES `link`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `link_side_home` ON `link_side` (`node_id`,`home`);--> statement-breakpoint
CREATE INDEX `link_side_dangling` ON `link_side` (`link_id`) WHERE node_id IS NULL;
