import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { SoferError, type VectorSpace } from "@sofer/core";
import { withLibraryErrors } from "../database-error.ts";
import { hasTable, isStale, loadBits, MAX_NEAREST, nearestByBits } from "./bits.ts";
import { readSpec } from "./embedded-sink.ts";
import { connectVectors, floatsOf, hexOf, vectorsPath } from "./vector-file.ts";

export interface NearChunk {
  /** The chunk's id, 32 hex digits. */
  readonly chunk: string;
  /** Cosine: 1 is the same direction. */
  readonly similarity: number;
}

/** What the embedded store holds, to be looked at. */
export interface NearestVectors extends Disposable {
  /** What a query's vector must be of. */
  readonly space: VectorSpace;
  readonly count: number;
  /** True: extensions do not load here, and every look compares all vectors exactly. Worth saying once. */
  readonly isExact: boolean;
  /**
   * The nearest chunks, the nearest first; equal ones by id. Their similarities are exact. Of many vectors those are
   * compared whose signs are nearest, so a far one may be passed over; with few, or a narrow filter, all are.
   * @param accept chunks that may be in the answer; absent: all
   */
  nearest(query: Float32Array, limit: number, accept?: (ids: readonly string[]) => ReadonlySet<string>): NearChunk[];
  close(): void;
}

/** Candidates by signs for each hit, at least so many. Recall of bits rises with them; exact comparison is cheap. */
const OVERSAMPLING = 20;
const MIN_CANDIDATES = 400;
/** Vectors read at once by the exact scan. */
const SCAN_ROWS = 2_000;

/**
 * Opens the embedded store for searching; null where nothing was ever pushed to it.
 * @param options.isExact as if extensions did not load, for tests
 */
export function openNearest(libraryPath: string, options: { isExact?: boolean } = {}): NearestVectors | null {
  const path = vectorsPath(libraryPath);
  if (!existsSync(path)) return null;
  const database = connectVectors(path);
  const opened = withLibraryErrors(path, () => {
    const space = readSpec(database);
    const bits = loadBits(database, options.isExact === true);
    const count = database.query<{ count: number }, []>("SELECT count(*) AS count FROM held").get()?.count ?? 0;
    return {
      space,
      count,
      usesBits: bits.isLoaded && hasTable(database) && !isStale(database),
      isLoaded: bits.isLoaded,
    };
  });
  const { space, count } = opened;
  if (space === null || count === 0) {
    database.close();
    return null;
  }
  const close = () => database.close();
  return {
    space,
    count,
    isExact: !opened.isLoaded,
    nearest(query, limit, accept) {
      if (query.length !== space.dimensions) {
        throw new SoferError("mismatch", `the query has ${query.length} dimensions, the store ${space.dimensions}`, {
          hint: `embed the query with ${space.model} and --dimensions ${space.dimensions}`,
        });
      }
      return withLibraryErrors(path, () => {
        for (let asked = Math.max(MIN_CANDIDATES, limit * OVERSAMPLING); opened.usesBits; asked *= 4) {
          const most = Math.min(asked, MAX_NEAREST);
          const found = best(rowsOf(database, nearestByBits(database, query, most)), query, limit, accept);
          if (found.length >= limit || count <= most) return found;
          if (most === MAX_NEAREST) break;
        }
        return best(everyRow(database), query, limit, accept);
      });
    },
    close,
    [Symbol.dispose]: close,
  };
}

interface Row {
  readonly id: number;
  readonly chunk: Uint8Array;
  readonly numbers: Uint8Array;
}

const COLUMNS = "h.id, h.chunk, v.numbers FROM held h JOIN vector v ON v.id = h.vector_id";

function* rowsOf(database: Database, ids: readonly number[]): Generator<Row[]> {
  for (let at = 0; at < ids.length; at += SCAN_ROWS) {
    const slice = ids.slice(at, at + SCAN_ROWS);
    yield database
      .query<Row, [string]>(`SELECT ${COLUMNS} WHERE h.id IN (SELECT value FROM json_each(?))`)
      .all(JSON.stringify(slice));
  }
}

function* everyRow(database: Database): Generator<Row[]> {
  const page = database.query<Row, [number, number]>(`SELECT ${COLUMNS} WHERE h.id > ? ORDER BY h.id LIMIT ?`);
  let last = 0;
  for (;;) {
    const rows = page.all(last, SCAN_ROWS);
    yield rows;
    if (rows.length < SCAN_ROWS) return;
    last = rows.at(-1)?.id ?? last;
  }
}

function best(
  pages: Iterable<Row[]>,
  query: Float32Array,
  limit: number,
  accept: ((ids: readonly string[]) => ReadonlySet<string>) | undefined,
): NearChunk[] {
  let kept: NearChunk[] = [];
  const queryLength = Math.hypot(...query);
  for (const rows of pages) {
    const page = rows.map((row) => ({
      chunk: hexOf(row.chunk),
      similarity: cosine(query, queryLength, floatsOf(row.numbers)),
    }));
    const accepted = accept?.(page.map(({ chunk }) => chunk));
    const wanted = accepted === undefined ? page : page.filter(({ chunk }) => accepted.has(chunk));
    kept = [...kept, ...wanted]
      .toSorted((a, b) => b.similarity - a.similarity || (a.chunk < b.chunk ? -1 : 1))
      .slice(0, limit);
  }
  return kept;
}

function cosine(query: Float32Array, queryLength: number, values: Float32Array): number {
  let product = 0;
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    const number = values[at] ?? 0;
    product += number * (query[at] ?? 0);
    squares += number * number;
  }
  return product / (queryLength * Math.sqrt(squares) || 1);
}
