import type { Database } from "bun:sqlite";
import { searchText } from "@sofer/text";
import type { IndexRows } from "./api.ts";

/** Rows per transaction: about 0.4 s. Nobody waits for the writer then, and four times as many commits took a third longer. */
const SLICE_ROWS = 20_000;
/** Rows in memory at once. */
const PAGE_ROWS = 1_000;

/**
 * Texts that are not yet in the full-text index, in the form in which it takes them, some at a time. What is in it is
 * asked of the index itself (`full_text_docsize` has one row for each of its rows), so there is no second account that
 * could go wrong, and a killed build goes on where it was. Bulk loading writes no index rows: building them afterwards is one pass.
 */
export function* unindexedTexts(database: Database): Generator<IndexRows> {
  let after = 0;
  for (;;) {
    const rows = unindexedAfter(database, after, PAGE_ROWS);
    if (rows.ids.length === 0) return;
    after = rows.ids.at(-1) ?? after;
    yield rows;
  }
}

function unindexedAfter(database: Database, after: number, limit: number): IndexRows {
  const rows = database
    .query<{ id: number; text: string }, [number, number]>(
      `SELECT t.id, t.text FROM segment_text t LEFT JOIN full_text_docsize d ON d.id = t.id
       WHERE t.id > ? AND d.id IS NULL ORDER BY t.id LIMIT ?`,
    )
    .all(after, limit);
  return { ids: rows.map(({ id }) => id), texts: rows.map(({ text }) => searchText(text)) };
}

/** Inside the caller's transaction. What is in the index by now stays as it is. Ids ascend. */
export function addToIndex(database: Database, { ids, texts }: IndexRows): void {
  // Not in one statement: a SELECT in it makes SQLite set a savepoint, at which the index writes out what it has gathered.
  const isThere = database.query<{ id: number }, [number, number]>(
    "SELECT id FROM full_text_docsize WHERE id BETWEEN ? AND ? LIMIT 1",
  );
  const insert = database.query("INSERT INTO full_text (rowid, text) VALUES (?, ?)");
  const first = ids[0] ?? 0;
  const last = ids.at(-1) ?? 0;
  // Those of a load follow one another, so that one look is enough.
  const areNew = last - first === ids.length - 1 && isThere.get(first, last) === null;
  for (const [index, id] of ids.entries()) {
    if (areNew || isThere.get(id, id) === null) insert.run(id, texts[index] ?? "");
  }
}

/** Texts of a load come into the index in the order in which they were written. What it passes by is left to unindexedTexts. */
export class IndexFollower {
  readonly #database: Database;
  /** Up to this id nothing is looked for; null: not asked yet. */
  #after: number | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inside the caller's transaction: the next texts, so many at most. Returns how many there were, and their UTF-16 units. */
  next(limit: number): { readonly rows: number; readonly units: number } {
    this.#after ??= lastIndexed(this.#database);
    const found = unindexedAfter(this.#database, this.#after, limit);
    addToIndex(this.#database, found);
    this.#after = found.ids.at(-1) ?? this.#after;
    return { rows: found.ids.length, units: found.texts.reduce((sum, text) => sum + text.length, 0) };
  }

  /** The transaction in which `next` was called was undone. */
  undone(): void {
    this.#after = null;
  }
}

function lastIndexed(database: Database): number {
  return database.query<{ id: number | null }, []>("SELECT max(id) AS id FROM full_text_docsize").get()?.id ?? 0;
}

/** Both, one after the other, in slices; returns how many rows came in. */
export function buildIndex(database: Database): number {
  const pages = unindexedTexts(database);
  let added = 0;
  const slice = database.transaction((): boolean => {
    for (let rows = 0; rows < SLICE_ROWS;) {
      const page = pages.next();
      if (page.done === true) return true;
      addToIndex(database, page.value);
      rows += page.value.ids.length;
      added += page.value.ids.length;
    }
    return false;
  });
  let isDone = false;
  while (!isDone) isDone = slice.immediate();
  return added;
}

/**
 * Parts that are put together at a time, while texts come (SQLite's own choice is 4). An index is made of parts, a new one
 * every MB or with each commit; the fewer are put together at a time, the more often each row is written again. M, 253 real
 * books: 2.8 s instead of 3.6 to build it, in 12 parts as before.
 */
const MERGED_WHILE_LOADING = 16;
/**
 * From so many texts on the parts are put together again once all is there. M, 4.4 million texts: a search takes 36 ms (p95) in
 * 6 parts, 45 in 15. M, 296,000 texts: 0.6 s for 20 ms instead of 22.
 */
const MERGED_AFTERWARDS_TEXTS = 500_000;
/** Pages of 4 KB that are written in one transaction: some 30 ms. */
const MERGED_AT_ONCE = 500;

/** Kept in the file: whoever writes to the index next does the same. */
export function setIndexMerging(database: Database): void {
  const kept = database.query<{ v: number }, []>("SELECT v FROM full_text_config WHERE k = 'automerge'").get();
  if (kept?.v === MERGED_WHILE_LOADING) return;
  database.run(`INSERT INTO full_text (full_text, rank) VALUES ('automerge', ${MERGED_WHILE_LOADING})`);
}

/**
 * Inside the caller's transaction: puts parts of a large index together, some ms of it. False: there is nothing to be done.
 * @param large texts from which on it is worth while
 */
export function mergeIndex(database: Database, large = MERGED_AFTERWARDS_TEXTS): boolean {
  if (lastIndexed(database) < large) return false;
  const changes = database.query<{ count: number }, []>("SELECT total_changes() AS count");
  const before = changes.get()?.count ?? 0;
  database.run(`INSERT INTO full_text (full_text, rank) VALUES ('merge', ${MERGED_AT_ONCE})`);
  // SQLite's own sign: the statement counts for one, what it wrote for more.
  return (changes.get()?.count ?? 0) - before >= 2;
}

/** The same for one book, inside the caller's transaction. */
export function indexBook(database: Database, bookId: number): void {
  const insert = database.query("INSERT INTO full_text (rowid, text) VALUES (?, ?)");
  const missing = database.query<{ id: number; text: string }, [number]>(
    `SELECT t.id, t.text FROM node n CROSS JOIN segment s ON s.node_id = n.id
     CROSS JOIN segment_text t ON t.segment_id = s.id LEFT JOIN full_text_docsize d ON d.id = t.id
     WHERE n.book_id = ? AND d.id IS NULL`,
  );
  for (const row of missing.all(bookId)) insert.run(row.id, searchText(row.text));
}
