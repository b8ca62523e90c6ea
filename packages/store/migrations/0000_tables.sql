-- Generated from src/schema.ts, with one change by hand: `span` and `ledger` are WITHOUT ROWID, which the generator
-- cannot write. They are small rows found by their whole key, so a second tree for the rowid would only take room.
CREATE TABLE `book` (
	`id` integer PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`he_title` text NOT NULL,
	`categories` text NOT NULL,
	`position` integer NOT NULL,
	`is_complex` integer NOT NULL,
	`title_variants` text NOT NULL,
	`he_title_variants` text NOT NULL,
	`record` blob NOT NULL,
	`virtual_nodes` text NOT NULL,
	`checked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `book_title_unique` ON `book` (`title`);--> statement-breakpoint
CREATE TABLE `chunk` (
	`id` integer PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`profile` text NOT NULL,
	`version_id` integer NOT NULL,
	`node_id` integer NOT NULL,
	`first_path` blob NOT NULL,
	`part` integer NOT NULL,
	`tokens` integer NOT NULL,
	FOREIGN KEY (`version_id`) REFERENCES `version`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chunk_key_unique` ON `chunk` (`key`);--> statement-breakpoint
CREATE INDEX `chunk_place` ON `chunk` (`node_id`,`version_id`,`profile`,`first_path`,`part`);--> statement-breakpoint
CREATE TABLE `chunked` (
	`version_id` integer NOT NULL,
	`node_id` integer NOT NULL,
	`chunking` text NOT NULL,
	PRIMARY KEY(`version_id`, `node_id`),
	FOREIGN KEY (`version_id`) REFERENCES `version`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `contents` (
	`base_url` text PRIMARY KEY NOT NULL,
	`entries` blob NOT NULL,
	`fetched_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `event` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` integer NOT NULL,
	`at` integer NOT NULL,
	`type` text NOT NULL,
	`body` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `failure` (
	`id` integer PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`place` text NOT NULL,
	`unit_id` text NOT NULL,
	`code` text NOT NULL,
	`message` text NOT NULL,
	`hint` text NOT NULL,
	`causes` text NOT NULL,
	`url` text,
	`attempts` integer NOT NULL,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `failure_unit_id_unique` ON `failure` (`unit_id`);--> statement-breakpoint
CREATE INDEX `failure_title` ON `failure` (`title`);--> statement-breakpoint
CREATE TABLE `holding` (
	`version_id` integer NOT NULL,
	`node_id` integer NOT NULL,
	`from_path` blob NOT NULL,
	`to_path` blob NOT NULL,
	`state` text NOT NULL,
	`places` integer NOT NULL,
	`stored` integer NOT NULL,
	`blank` integer NOT NULL,
	`not_text` integer NOT NULL,
	`excluded` integer NOT NULL,
	`irregular` integer NOT NULL,
	`odd` text NOT NULL,
	`tally_sum` text NOT NULL,
	`source_tag` text NOT NULL,
	`committed_at` integer NOT NULL,
	PRIMARY KEY(`version_id`, `node_id`, `from_path`),
	FOREIGN KEY (`version_id`) REFERENCES `version`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `ledger` (
	`sink_id` integer NOT NULL,
	`chunk_key` text NOT NULL,
	`content_hash` blob NOT NULL,
	`mapping` integer NOT NULL,
	PRIMARY KEY(`sink_id`, `chunk_key`),
	FOREIGN KEY (`sink_id`) REFERENCES `sink`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `link` (
	`id` integer PRIMARY KEY NOT NULL,
	`ref_a` text NOT NULL,
	`ref_b` text NOT NULL,
	`type` text NOT NULL,
	`sources` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `link_pair` ON `link` (`ref_a`,`ref_b`,`type`);--> statement-breakpoint
CREATE TABLE `link_side` (
	`link_id` integer NOT NULL,
	`side` integer NOT NULL,
	`node_id` integer,
	`from_path` blob,
	`to_path` blob,
	PRIMARY KEY(`link_id`, `side`),
	FOREIGN KEY (`link_id`) REFERENCES `link`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `link_side_place` ON `link_side` (`node_id`,`from_path`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `node` (
	`id` integer PRIMARY KEY NOT NULL,
	`book_id` integer NOT NULL,
	`title` text NOT NULL,
	`he_title` text NOT NULL,
	`position` integer NOT NULL,
	`depth` integer NOT NULL,
	`leaf` text NOT NULL,
	`shape` text NOT NULL,
	`slots` integer NOT NULL,
	FOREIGN KEY (`book_id`) REFERENCES `book`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `node_title_unique` ON `node` (`title`);--> statement-breakpoint
CREATE INDEX `node_book` ON `node` (`book_id`,`position`);--> statement-breakpoint
CREATE TABLE `run` (
	`id` integer PRIMARY KEY NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`outcome` text,
	`settings` text NOT NULL,
	`receipt` text
);
--> statement-breakpoint
CREATE TABLE `segment` (
	`id` integer PRIMARY KEY NOT NULL,
	`node_id` integer NOT NULL,
	`path` blob NOT NULL,
	`ref` text NOT NULL,
	`he_ref` text,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `segment_place` ON `segment` (`node_id`,`path`);--> statement-breakpoint
CREATE TABLE `segment_text` (
	`id` integer PRIMARY KEY NOT NULL,
	`version_id` integer NOT NULL,
	`segment_id` integer NOT NULL,
	`text` text NOT NULL,
	`hash` blob NOT NULL,
	`tokens` integer NOT NULL,
	FOREIGN KEY (`version_id`) REFERENCES `version`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`segment_id`) REFERENCES `segment`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `segment_text_key` ON `segment_text` (`version_id`,`segment_id`);--> statement-breakpoint
CREATE INDEX `segment_text_segment` ON `segment_text` (`segment_id`);--> statement-breakpoint
CREATE TABLE `settled` (
	`node_id` integer NOT NULL,
	`from_path` blob NOT NULL,
	`to_path` blob NOT NULL,
	`selection` text NOT NULL,
	`limit_slots` integer,
	`excluded` text NOT NULL,
	`raw_count` integer NOT NULL,
	`raw_sum` text NOT NULL,
	`settled_at` integer NOT NULL,
	PRIMARY KEY(`node_id`, `from_path`, `selection`),
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `sink` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`settings` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sink_name_unique` ON `sink` (`name`);--> statement-breakpoint
CREATE TABLE `span` (
	`chunk_id` integer NOT NULL,
	`ord` integer NOT NULL,
	`segment_text_id` integer NOT NULL,
	`start` integer NOT NULL,
	`end` integer NOT NULL,
	PRIMARY KEY(`chunk_id`, `ord`),
	FOREIGN KEY (`chunk_id`) REFERENCES `chunk`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`segment_text_id`) REFERENCES `segment_text`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `span_segment_text` ON `span` (`segment_text_id`);--> statement-breakpoint
CREATE TABLE `split_hint` (
	`node_id` integer PRIMARY KEY NOT NULL,
	`versions_per_request` integer,
	`slots_per_request` integer,
	`why` text NOT NULL,
	`noted_at` integer NOT NULL,
	FOREIGN KEY (`node_id`) REFERENCES `node`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `staged` (
	`run_id` integer NOT NULL,
	`unit_id` text NOT NULL,
	`answer` blob NOT NULL,
	PRIMARY KEY(`run_id`, `unit_id`),
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `unit` (
	`run_id` integer NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`state` text NOT NULL,
	`requests` integer NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`run_id`, `id`),
	FOREIGN KEY (`run_id`) REFERENCES `run`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `version` (
	`id` integer PRIMARY KEY NOT NULL,
	`book_id` integer NOT NULL,
	`language` text NOT NULL,
	`version_title` text NOT NULL,
	`license` text NOT NULL,
	`version_source` text,
	`priority` real NOT NULL,
	`actual_language` text NOT NULL,
	`other` text NOT NULL,
	FOREIGN KEY (`book_id`) REFERENCES `book`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `version_key` ON `version` (`book_id`,`language`,`version_title`);