import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * The library file. Integer keys inside; refs and hex at the edge, in the text views (migrations/) and docs/library.md.
 * Paths are blobs of big-endian numbers, so bytewise order is reading order (core/path-bytes.ts). An empty path
 * stands for the whole leaf.
 */

const bytes = (name: string) => blob(name, { mode: "buffer" });

export const meta = sqliteTable("meta", { key: text("key").primaryKey(), value: text("value").notNull() });

/** The contents answer a run planned from, so that an interrupted run resumes without asking again. */
export const contents = sqliteTable("contents", {
  baseUrl: text("base_url").primaryKey(),
  /** ContentsEntry[] as JSON, gzip. */
  entries: bytes("entries").notNull(),
  fetchedAt: integer("fetched_at").notNull(),
});

export const book = sqliteTable("book", {
  id: integer("id").primaryKey(),
  title: text("title").notNull().unique(),
  heTitle: text("he_title").notNull(),
  /** JSON list, outermost first. */
  categories: text("categories").notNull(),
  /** Position in the table of contents: the order of dumps. */
  position: integer("position").notNull(),
  isComplex: integer("is_complex", { mode: "boolean" }).notNull(),
  /** JSON lists of other names, for search and for links by older titles. */
  titleVariants: text("title_variants").notNull(),
  heTitleVariants: text("he_title_variants").notNull(),
  /** The published record, JSON, gzip. */
  record: bytes("record").notNull(),
  /** Other English names of nodes below the root, by full title: JSON object of lists. */
  nodeTitles: text("node_titles").notNull().default("{}"),
  virtualNodes: text("virtual_nodes").notNull(),
  /** When the outline was last read from the source, ms since the epoch. */
  checkedAt: integer("checked_at").notNull(),
});

export const node = sqliteTable(
  "node",
  {
    id: integer("id").primaryKey(),
    bookId: integer("book_id")
      .notNull()
      .references(() => book.id),
    title: text("title").notNull().unique(),
    heTitle: text("he_title").notNull(),
    /** Reading order inside the book, from 0. */
    position: integer("position").notNull(),
    depth: integer("depth").notNull(),
    /** The whole core Leaf as JSON: keys, section names, address types, offsets. */
    leaf: text("leaf").notNull(),
    /** Core Shape as JSON: what the source promises. */
    shape: text("shape").notNull(),
    /** Slots in the shape. */
    slots: integer("slots").notNull(),
  },
  (table) => [index("node_book").on(table.bookId, table.position)],
);

export const version = sqliteTable(
  "version",
  {
    id: integer("id").primaryKey(),
    bookId: integer("book_id")
      .notNull()
      .references(() => book.id),
    language: text("language").notNull(),
    versionTitle: text("version_title").notNull(),
    license: text("license").notNull(),
    versionSource: text("version_source"),
    priority: real("priority").notNull(),
    actualLanguage: text("actual_language").notNull(),
    /** Every other published field, JSON. */
    other: text("other").notNull(),
  },
  (table) => [uniqueIndex("version_key").on(table.bookId, table.language, table.versionTitle)],
);

export const segment = sqliteTable(
  "segment",
  {
    id: integer("id").primaryKey(),
    nodeId: integer("node_id")
      .notNull()
      .references(() => node.id),
    path: bytes("path").notNull(),
    ref: text("ref").notNull(),
    /** null where the Hebrew cannot be written (Folio). */
    heRef: text("he_ref"),
  },
  (table) => [uniqueIndex("segment_place").on(table.nodeId, table.path)],
);

export const segmentText = sqliteTable(
  "segment_text",
  {
    id: integer("id").primaryKey(),
    versionId: integer("version_id")
      .notNull()
      .references(() => version.id),
    segmentId: integer("segment_id")
      .notNull()
      .references(() => segment.id),
    /** The source's string, byte for byte. Never blank. */
    text: text("text").notNull(),
    /** First 16 bytes of sha256 of the UTF-8 text. */
    hash: bytes("hash").notNull(),
    tokens: integer("tokens").notNull(),
  },
  (table) => [
    uniqueIndex("segment_text_key").on(table.versionId, table.segmentId),
    index("segment_text_segment").on(table.segmentId),
  ],
);

/** What is durably done for one version and one part of a leaf, and how that was proven. */
export const holding = sqliteTable(
  "holding",
  {
    versionId: integer("version_id")
      .notNull()
      .references(() => version.id),
    nodeId: integer("node_id")
      .notNull()
      .references(() => node.id),
    fromPath: bytes("from_path").notNull(),
    toPath: bytes("to_path").notNull(),
    state: text("state", { enum: ["done", "limited"] }).notNull(),
    places: integer("places").notNull(),
    stored: integer("stored").notNull(),
    blank: integer("blank").notNull(),
    notText: integer("not_text").notNull(),
    excluded: integer("excluded").notNull(),
    irregular: integer("irregular").notNull(),
    /** OddPlace[] as JSON. */
    odd: text("odd").notNull(),
    /** Sum of 64-bit hashes of the stored texts, 16 hex digits (core/conservation.ts). */
    tallySum: text("tally_sum").notNull(),
    sourceTag: text("source_tag").notNull(),
    committedAt: integer("committed_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.versionId, table.nodeId, table.fromPath] })],
);

/** A part of a leaf that needs no more requests under one selection, and what the answer held besides. */
export const settled = sqliteTable(
  "settled",
  {
    nodeId: integer("node_id")
      .notNull()
      .references(() => node.id),
    fromPath: bytes("from_path").notNull(),
    toPath: bytes("to_path").notNull(),
    selection: text("selection").notNull(),
    /** null: not limited. */
    limitSlots: integer("limit_slots"),
    /** ExcludedVersion[] as JSON. */
    excluded: text("excluded").notNull(),
    rawCount: integer("raw_count").notNull(),
    rawSum: text("raw_sum").notNull(),
    settledAt: integer("settled_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.fromPath, table.selection] })],
);

/** How a leaf had to be asked: answers that were too large or too slow are not tried whole again. */
export const splitHint = sqliteTable("split_hint", {
  nodeId: integer("node_id")
    .primaryKey()
    .references(() => node.id),
  /** Versions per request, or null for all in one. */
  versionsPerRequest: integer("versions_per_request"),
  /** Slots per request, or null for the whole leaf. */
  slotsPerRequest: integer("slots_per_request"),
  why: text("why").notNull(),
  notedAt: integer("noted_at").notNull(),
});

/** Which leaf of which version has current chunks. */
export const chunked = sqliteTable(
  "chunked",
  {
    versionId: integer("version_id")
      .notNull()
      .references(() => version.id),
    nodeId: integer("node_id")
      .notNull()
      .references(() => node.id),
    /** Chunker, profiles and tokenizer (text's CHUNKING). */
    chunking: text("chunking").notNull(),
  },
  (table) => [primaryKey({ columns: [table.versionId, table.nodeId] })],
);

export const chunk = sqliteTable(
  "chunk",
  {
    id: integer("id").primaryKey(),
    /** Content id, 32 hex digits. */
    key: text("key").notNull().unique(),
    profile: text("profile").notNull(),
    versionId: integer("version_id")
      .notNull()
      .references(() => version.id),
    nodeId: integer("node_id")
      .notNull()
      .references(() => node.id),
    /** Path of its first segment, then its order among chunks that begin there: reading order. */
    firstPath: bytes("first_path").notNull(),
    part: integer("part").notNull(),
    tokens: integer("tokens").notNull(),
  },
  (table) => [index("chunk_place").on(table.nodeId, table.versionId, table.profile, table.firstPath, table.part)],
);

/** WITHOUT ROWID in the migration. Offsets are UTF-16 units in the segment's clean text. */
export const span = sqliteTable(
  "span",
  {
    chunkId: integer("chunk_id")
      .notNull()
      .references(() => chunk.id),
    ord: integer("ord").notNull(),
    segmentTextId: integer("segment_text_id")
      .notNull()
      .references(() => segmentText.id),
    start: integer("start").notNull(),
    end: integer("end").notNull(),
  },
  (table) => [primaryKey({ columns: [table.chunkId, table.ord] }), index("span_segment_text").on(table.segmentTextId)],
);

export const link = sqliteTable(
  "link",
  {
    id: integer("id").primaryKey(),
    /** The pair sorted: that is the duplicate check. */
    refA: text("ref_a").notNull(),
    refB: text("ref_b").notNull(),
    type: text("type").notNull(),
    /** JSON list of where it came from. */
    sources: text("sources").notNull(),
    /** The last load that met it (link_source.load): what a source's newest load did not meet is not in it any more. */
    load: integer("load").notNull().default(0),
  },
  (table) => [uniqueIndex("link_pair").on(table.refA, table.refB, table.type)],
);

/** Files that links were read from, and how their rows add up: read = met + duplicate + invalid + unwanted. */
export const linkSource = sqliteTable("link_source", {
  name: text("name").primaryKey(),
  /** Number of its last load; later loads have greater ones. */
  load: integer("load").notNull(),
  /** What that load was made of: the file's checksum, and which books were wanted. */
  tag: text("tag").notNull(),
  read: integer("read").notNull(),
  /** Different links in it. */
  met: integer("met").notNull(),
  /** Rows that say a link of it again. */
  duplicate: integer("duplicate").notNull(),
  invalid: integer("invalid").notNull(),
  /** Rows that touch no wanted book. */
  unwanted: integer("unwanted").notNull(),
  /** null: it was not read to its end. */
  finishedAt: integer("finished_at"),
});

export const linkSide = sqliteTable(
  "link_side",
  {
    linkId: integer("link_id")
      .notNull()
      .references(() => link.id),
    /** 0 for refA, 1 for refB. */
    side: integer("side").notNull(),
    /** null: dangling, the ref is in `link` as published. */
    nodeId: integer("node_id").references(() => node.id),
    fromPath: bytes("from_path"),
    toPath: bytes("to_path"),
    /**
     * The smallest place that holds the whole range: what its ends begin with in common. What touches a place has its
     * home inside it, or is a range whose home contains it: a look-up needs no scan, however long ranges are.
     */
    home: bytes("home"),
    /**
     * `placed`; `beyond`: placed where no text is; or why it dangles: `unknown-book`, `unknown-place`, `branch`,
     * `virtual` (core/ref-index.ts).
     */
    state: text("state").notNull().default("unknown-book"),
  },
  (table) => [
    primaryKey({ columns: [table.linkId, table.side] }),
    index("link_side_home").on(table.nodeId, table.home),
    index("link_side_dangling")
      .on(table.linkId)
      .where(sql`node_id IS NULL`),
  ],
);

export const run = sqliteTable("run", {
  id: integer("id").primaryKey(),
  startedAt: integer("started_at").notNull(),
  endedAt: integer("ended_at"),
  outcome: text("outcome", { enum: ["whole", "failures", "interrupted", "stopped"] }),
  /** Frozen settings, JSON, without secrets. */
  settings: text("settings").notNull(),
  /** Receipt, JSON, when it ended. */
  receipt: text("receipt"),
});

export const unit = sqliteTable(
  "unit",
  {
    runId: integer("run_id")
      .notNull()
      .references(() => run.id),
    id: text("id").notNull(),
    kind: text("kind", { enum: ["listing", "index", "outline", "versions", "text", "book"] }).notNull(),
    title: text("title").notNull(),
    state: text("state", { enum: ["ready", "done", "failed"] }).notNull(),
    requests: integer("requests").notNull(),
    bytes: integer("bytes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.id] })],
);

/** A named failure: what, where, why, how often, what to do. Resolved when the same unit is done later. */
export const failure = sqliteTable(
  "failure",
  {
    id: integer("id").primaryKey(),
    title: text("title").notNull(),
    /** Ref asked for, or the book title. */
    place: text("place").notNull(),
    unitId: text("unit_id").notNull().unique(),
    code: text("code").notNull(),
    message: text("message").notNull(),
    hint: text("hint").notNull(),
    /** JSON list, outermost first. */
    causes: text("causes").notNull(),
    url: text("url"),
    attempts: integer("attempts").notNull(),
    firstAt: integer("first_at").notNull(),
    lastAt: integer("last_at").notNull(),
  },
  (table) => [index("failure_title").on(table.title)],
);

export const event = sqliteTable("event", {
  id: integer("id").primaryKey(),
  runId: integer("run_id")
    .notNull()
    .references(() => run.id),
  at: integer("at").notNull(),
  type: text("type").notNull(),
  body: text("body").notNull(),
});

/** Parcels of a book being refreshed, until the book flips in one transaction. */
export const staged = sqliteTable(
  "staged",
  {
    runId: integer("run_id")
      .notNull()
      .references(() => run.id),
    unitId: text("unit_id").notNull(),
    /** Order of arrival, from 0. */
    ord: integer("ord").notNull(),
    /** ChunkedParcel as JSON, gzip. */
    answer: bytes("answer").notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.unitId, table.ord] })],
);

/** Objects of the bucket as they were when they were last downloaded: what a later listing is compared with. */
export const sourceObject = sqliteTable(
  "source_object",
  {
    name: text("name").primaryKey(),
    bookId: integer("book_id")
      .notNull()
      .references(() => book.id),
    kind: text("kind", { enum: ["schema", "text"] }).notNull(),
    size: integer("size").notNull(),
    /** Checksums as listed, base64, of the bytes as stored; one of them may be null. */
    md5: text("md5"),
    crc32c: text("crc32c"),
    generation: text("generation").notNull(),
    updated: text("updated").notNull(),
    /** Of a text: what the file says of itself. */
    language: text("language"),
    versionTitle: text("version_title"),
    license: text("license"),
    priority: real("priority"),
    /** Of a text, core FileFacts.leaves: counts, hash sums and shapes by leaf title, JSON, gzip. */
    leaves: bytes("leaves"),
    fetchedAt: integer("fetched_at").notNull(),
  },
  (table) => [index("source_object_book").on(table.bookId)],
);

export const sink = sqliteTable("sink", {
  id: integer("id").primaryKey(),
  name: text("name").notNull().unique(),
  settings: text("settings").notNull(),
});

/** What a store acknowledged. WITHOUT ROWID in the migration. */
export const ledger = sqliteTable(
  "ledger",
  {
    sinkId: integer("sink_id")
      .notNull()
      .references(() => sink.id),
    chunkKey: text("chunk_key").notNull(),
    contentHash: bytes("content_hash").notNull(),
    mapping: integer("mapping").notNull(),
  },
  (table) => [primaryKey({ columns: [table.sinkId, table.chunkKey] })],
);
