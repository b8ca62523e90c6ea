-- Generated from src/schema.ts, with one change by hand: `staged` was never written to and is made anew; the generator
-- would have copied a column that the old one does not have.
CREATE TABLE `source_object` (
	`name` text PRIMARY KEY NOT NULL,
	`book_id` integer NOT NULL,
	`kind` text NOT NULL,
	`size` integer NOT NULL,
	`md5` text,
	`crc32c` text,
	`generation` text NOT NULL,
	`updated` text NOT NULL,
	`language` text,
	`version_title` text,
	`license` text,
	`priority` real,
	`leaves` blob,
	`fetched_at` integer NOT NULL,
	FOREIGN KEY (`book_id`) REFERENCES `book`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `source_object_book` ON `source_object` (`book_id`);--> statement-breakpoint
DROP TABLE `staged`;--> statement-breakpoint
CREATE TABLE `staged` (
	`run_id` integer NOT NULL,
	`unit_id` text NOT NULL,
	`ord` integer NOT NULL,
	`answer` blob NOT NULL,
	PRIMARY KEY(`run_id`, `unit_id`, `ord`),
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action
);
