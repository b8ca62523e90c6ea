import type { Database } from "bun:sqlite";
import {
  ADDRESS_META,
  CONTROL_META,
  controlOf,
  type ControlState,
  type Language,
  type StampedEvent,
} from "@sofer/core";
import type { FailureRow, UnitRow } from "./api.ts";
import { connect, requireCurrent } from "./connection.ts";
import { withLibraryErrors } from "./database-error.ts";
import { FORMAT } from "./format.ts";
import { readMeta } from "./meta.ts";
import { stringsOf } from "./rows.ts";
import { chunksAt, PlaceReader, segmentsAt, type ChunkAt, type Place, type SegmentPage } from "./texts-at.ts";

/**
 * What the status API shows of a library that is not text: page by page, each read in one short statement. All of it may
 * be asked while a run writes; `version` says whether anything has been committed since it was last asked.
 */
export interface StatusReader {
  readonly path: string;
  /** Another number after each commit of anybody else. */
  version(): number;
  counts(): LibraryCounts;
  control(): ControlState;
  /** Where the run on the library serves its API, as it said itself; null: it does not, or has ended. */
  apiAddress(): ApiAddress | null;
  runs(page: Page<number>): RunRow[];
  run(id: number): (RunRow & { readonly settings: string; readonly receipt: string | null }) | null;
  /** In reading order of the contents. @param after title of the last one of the page before */
  books(page: Page<string> & { readonly category?: string }): BookRow[];
  bookCount(category?: string): number;
  bookNamed(title: string): BookRow | null;
  /** Changes with everything that a book's coverage is made of. */
  bookFingerprint(bookId: number, title: string): string;
  bookFigures(bookId: number, title: string): BookFigures;
  /** Chunks of a book in each sink's ledger, by the sink's name; a sink without any is named too. */
  pushed(bookId: number): Readonly<Record<string, number>>;
  /** Requests and bytes of all runs, by title. */
  costs(): ReadonlyMap<string, { readonly requests: number; readonly bytes: number }>;
  units(page: Page<string> & { readonly runId: number; readonly state?: string; readonly title?: string }): UnitRow[];
  failures(page: Page<number> & FailureFilter): (FailureRow & { readonly id: number })[];
  failuresByCode(filter: FailureFilter): ReadonlyMap<string, number>;
  /** Kept events after one of them, oldest first. */
  events(page: Page<{ readonly runId: number; readonly seq: number }> & { readonly runId?: number }): StampedEvent[];
  /** The newest kept event; null: none. */
  lastEvent(): { readonly runId: number; readonly seq: number } | null;
  /** The place that a ref names, in English or Hebrew; null: no book of the library has it. */
  find(ref: string): Place | null;
  /** @param filter.next of the page before */
  segments(
    place: Place,
    filter: { readonly limit: number; readonly next?: string; readonly language?: Language },
  ): SegmentPage;
  chunks(
    place: Place,
    filter: { readonly limit: number; readonly profile?: string },
  ): { readonly items: readonly ChunkAt[]; readonly isCut: boolean };
  close(): void;
}

export interface Page<After> {
  readonly limit: number;
  readonly after?: After;
}

export interface FailureFilter {
  readonly title?: string;
  readonly code?: string;
}

export interface LibraryCounts {
  readonly format: number;
  readonly books: number;
  readonly versions: number;
  readonly segments: number;
  readonly texts: number;
  readonly chunks: number;
  readonly indexed: number;
  readonly links: number;
  readonly failures: number;
}

export interface RunRow {
  readonly id: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: "whole" | "failures" | "interrupted" | "stopped" | null;
}

export interface BookRow {
  readonly id: number;
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  readonly checkedAt: number;
}

export interface ApiAddress {
  readonly url: string;
  /** Who answers there now may be another one: a run that was killed does not take its address back. */
  readonly instance: string;
}

function addressOf(kept: string | null): ApiAddress | null {
  const [instance, url] = (kept ?? "").split(" ");
  return instance === undefined || url === undefined ? null : { instance, url };
}

export interface BookFigures {
  readonly chunks: number;
  readonly failures: number;
}

export function openStatus(path: string): StatusReader {
  const database = withLibraryErrors(path, () => {
    const opened = connect(path, "read");
    try {
      requireCurrent(opened, path);
      return opened;
    } catch (thrown) {
      opened.close();
      throw thrown;
    }
  });
  const read = <T>(work: () => T): T => withLibraryErrors(path, work);
  const places = new PlaceReader(database);
  return {
    path,
    version: () =>
      read(() => database.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version ?? 0),
    counts: () => read(() => libraryCounts(database)),
    control: () => read(() => controlOf(readMeta(database, CONTROL_META))),
    apiAddress: () => read(() => addressOf(readMeta(database, ADDRESS_META))),
    runs: (page) => read(() => runPage(database, page)),
    run: (id) =>
      read(() =>
        database
          .query<NonNullable<ReturnType<StatusReader["run"]>>, [number]>(
            "SELECT id, started_at AS startedAt, ended_at AS endedAt, outcome, settings, receipt FROM run WHERE id = ?",
          )
          .get(id),
      ),
    books: (page) => read(() => bookPage(database, page)),
    bookCount: (category) =>
      read(
        () =>
          database
            .query<{ count: number }, [string | null]>(
              `SELECT count(*) AS count FROM book b WHERE ?1 IS NULL OR ${IN_CATEGORY}`,
            )
            .get(category ?? null)?.count ?? 0,
      ),
    bookNamed: (title) => read(() => bookRow(database, title)),
    bookFingerprint: (bookId, title) => read(() => fingerprint(database, bookId, title)),
    bookFigures: (bookId, title) => read(() => bookFigures(database, bookId, title)),
    pushed: (bookId) => read(() => pushedOf(database, bookId)),
    costs: () =>
      read(() => {
        const rows = database
          .query<{ title: string; requests: number; bytes: number }, []>(
            "SELECT title, sum(requests) AS requests, sum(bytes) AS bytes FROM unit GROUP BY title",
          )
          .all();
        return new Map(rows.map(({ title, requests, bytes }) => [title, { requests, bytes }]));
      }),
    units: (page) => read(() => unitPage(database, page)),
    failures: (page) => read(() => failurePage(database, page)),
    failuresByCode: ({ title, code }) =>
      read(() => {
        const rows = database
          .query<{ code: string; count: number }, [string | null, string | null]>(
            `SELECT code, count(*) AS count FROM failure
             WHERE (?1 IS NULL OR title = ?1) AND (?2 IS NULL OR code = ?2) GROUP BY code ORDER BY code`,
          )
          .all(title ?? null, code ?? null);
        return new Map(rows.map((row) => [row.code, row.count]));
      }),
    events: (page) => read(() => eventPage(database, page)),
    lastEvent: () =>
      read(() => {
        const row = database
          .query<EventRow, []>("SELECT run_id AS runId, at, body FROM event ORDER BY id DESC LIMIT 1")
          .get();
        return row === null ? null : eventOf(row);
      }),
    find: (ref) => read(() => places.find(ref)),
    segments: (place, filter) => read(() => segmentsAt(database, place, filter)),
    chunks: (place, filter) => read(() => chunksAt(database, place, filter)),
    close: () => database.close(),
  };
}

function libraryCounts(database: Database): LibraryCounts {
  const count = (table: string) =>
    database.query<{ count: number }, []>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? 0;
  return {
    format: FORMAT,
    books: count("book"),
    versions: count("version"),
    segments: count("segment"),
    texts: count("segment_text"),
    chunks: count("chunk"),
    indexed: count("full_text_docsize"),
    links: count("link"),
    failures: count("failure"),
  };
}

function runPage(database: Database, { limit, after }: Page<number>): RunRow[] {
  return database
    .query<RunRow, [number | null, number]>(
      `SELECT id, started_at AS startedAt, ended_at AS endedAt, outcome FROM run
       WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2`,
    )
    .all(after ?? null, limit);
}

/** A category at any depth. */
const IN_CATEGORY = "EXISTS (SELECT 1 FROM json_each(b.categories) c WHERE c.value = ?1)";

type PlainBookRow = Omit<BookRow, "categories"> & { readonly categories: string };
const BOOK = "SELECT b.id, b.title, b.he_title AS heTitle, b.categories, b.checked_at AS checkedAt FROM book b";

function bookRow(database: Database, title: string): BookRow | null {
  const row = database.query<PlainBookRow, [string]>(`${BOOK} WHERE b.title = ?`).get(title);
  return row === null ? null : { ...row, categories: stringsOf(row.categories) };
}

function bookPage(database: Database, { limit, after, category }: Page<string> & { category?: string }): BookRow[] {
  return database
    .query<PlainBookRow, [string | null, string | null, number]>(
      `${BOOK}
       WHERE (?1 IS NULL OR ${IN_CATEGORY})
         AND (?2 IS NULL OR (b.position, b.title) > (SELECT position, title FROM book WHERE title = ?2))
       ORDER BY b.position, b.title LIMIT ?3`,
    )
    .all(category ?? null, after ?? null, limit)
    .map((row) => ({ ...row, categories: stringsOf(row.categories) }));
}

function fingerprint(database: Database, bookId: number, title: string): string {
  const row = database
    .query<{ print: string }, [number, string]>(
      `SELECT (SELECT checked_at FROM book WHERE id = ?1)
         || ':' || (SELECT count(*) || ':' || coalesce(max(h.committed_at), 0) || ':' || coalesce(sum(h.stored), 0)
           FROM version v JOIN holding h ON h.version_id = v.id WHERE v.book_id = ?1)
         || ':' || (SELECT count(*) || ':' || coalesce(max(s.settled_at), 0)
           FROM node n JOIN settled s ON s.node_id = n.id WHERE n.book_id = ?1)
         || ':' || (SELECT count(*) || ':' || coalesce(max(last_at), 0) FROM failure WHERE title = ?2) AS print`,
    )
    .get(bookId, title);
  return row?.print ?? "";
}

function bookFigures(database: Database, bookId: number, title: string): BookFigures {
  const row = database
    .query<BookFigures, [number, string]>(
      `SELECT (SELECT count(*) FROM node n JOIN chunk c ON c.node_id = n.id WHERE n.book_id = ?1) AS chunks,
         (SELECT count(*) FROM failure WHERE title = ?2) AS failures`,
    )
    .get(bookId, title);
  return row ?? { chunks: 0, failures: 0 };
}

function pushedOf(database: Database, bookId: number): Readonly<Record<string, number>> {
  const sinks = database.query<{ id: number; name: string }, []>("SELECT id, name FROM sink ORDER BY id").all();
  const count = database.query<{ count: number }, [number, number]>(
    `SELECT count(*) AS count FROM node n JOIN chunk c ON c.node_id = n.id
     JOIN ledger l ON l.sink_id = ?1 AND l.chunk_key = c.key WHERE n.book_id = ?2`,
  );
  return Object.fromEntries(sinks.map(({ id, name }) => [name, count.get(id, bookId)?.count ?? 0]));
}

function unitPage(
  database: Database,
  { limit, after, runId, state, title }: Page<string> & { runId: number; state?: string; title?: string },
): UnitRow[] {
  return database
    .query<UnitRow, [number, string | null, string | null, string | null, number]>(
      `SELECT id, kind, title, state, requests, bytes FROM unit
       WHERE run_id = ?1 AND (?2 IS NULL OR id > ?2) AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR title = ?4)
       ORDER BY id LIMIT ?5`,
    )
    .all(runId, after ?? null, state ?? null, title ?? null, limit);
}

function failurePage(
  database: Database,
  { limit, after, title, code }: Page<number> & FailureFilter,
): (FailureRow & { readonly id: number })[] {
  type Row = Omit<FailureRow, "causes"> & { readonly id: number; readonly causes: string };
  return database
    .query<Row, [number | null, string | null, string | null, number]>(
      `SELECT id, title, place, unit_id AS unitId, code, message, hint, causes, url, attempts, first_at AS firstAt,
         last_at AS lastAt
       FROM failure WHERE (?1 IS NULL OR id > ?1) AND (?2 IS NULL OR title = ?2) AND (?3 IS NULL OR code = ?3)
       ORDER BY id LIMIT ?4`,
    )
    .all(after ?? null, title ?? null, code ?? null, limit)
    .map((row) => ({ ...row, causes: stringsOf(row.causes) }));
}

interface EventRow {
  readonly runId: number;
  readonly at: number;
  readonly body: string;
}

function eventOf({ runId, at, body }: EventRow): StampedEvent {
  const { seq, event } = JSON.parse(body) as Pick<StampedEvent, "seq" | "event">;
  return { runId, seq, at, event };
}

function eventPage(database: Database, { limit, after, runId }: Parameters<StatusReader["events"]>[0]): StampedEvent[] {
  const from = after ?? { runId: runId ?? 0, seq: 0 };
  return database
    .query<EventRow, [number, number | null, number]>(
      `SELECT run_id AS runId, at, body FROM event
       WHERE id > ?1 AND (?2 IS NULL OR run_id = ?2) ORDER BY id LIMIT ?3`,
    )
    .all(lastIdUpTo(database, from), runId ?? null, limit)
    .map(eventOf);
}

/**
 * Events were written in the order of their names, one run after another: halving the ids finds an event without an
 * index, and without reading what lies before it.
 */
function lastIdUpTo(database: Database, place: { readonly runId: number; readonly seq: number }): number {
  const ends = database
    .query<{ low: number | null; high: number | null }, []>("SELECT min(id) AS low, max(id) AS high FROM event")
    .get();
  let low = (ends?.low ?? 1) - 1;
  let high = ends?.high ?? 0;
  const next = database.query<EventRow & { readonly id: number }, [number]>(
    "SELECT id, run_id AS runId, at, body FROM event WHERE id >= ? ORDER BY id LIMIT 1",
  );
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const row = next.get(middle);
    if (row === null) high = middle - 1;
    else {
      const { runId, seq } = eventOf(row);
      const isUpTo = runId < place.runId || (runId === place.runId && seq <= place.seq);
      if (isUpTo) low = row.id;
      else high = middle - 1;
    }
  }
  return low;
}
