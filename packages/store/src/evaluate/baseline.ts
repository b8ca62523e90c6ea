import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Library } from "../api.ts";
import type { EvaluatedEngine } from "./api.ts";

/** Rows per ref that are looked at: versions of one segment are one hit. */
const ROWS_PER_HIT = 8;

/**
 * What a full-text search is compared with: an FTS5 table with its default tokenizer over the texts without tags and
 * Hebrew marks, ranked by its bm25, and nothing else. It shares no code with the search, not even the stripping.
 *
 * A query's words are wanted all (`baseline`), which is what FTS5 makes of words typed side by side, or some
 * (`baseline-any`). The table is made anew, beside nothing of the library's, and goes with the process.
 */
export function openBaselines(
  library: Library,
): Disposable & { readonly all: EvaluatedEngine; readonly any: EvaluatedEngine } {
  const folder = mkdtempSync(join(tmpdir(), "sofer-baseline-"));
  const database = new Database(join(folder, "baseline.sqlite"));
  const dispose = () => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    fill(database, library);
  } catch (thrown) {
    dispose();
    throw thrown;
  }
  return {
    all: engineOf(database, "baseline", " "),
    any: engineOf(database, "baseline-any", " OR "),
    [Symbol.dispose]: dispose,
  };
}

function fill(database: Database, library: Library): void {
  // A table that is thrown away needs no safety, only speed.
  database.run("PRAGMA journal_mode = OFF");
  database.run("PRAGMA synchronous = OFF");
  database.run("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61')");
  database.run("CREATE TABLE place (id INTEGER PRIMARY KEY, ref TEXT NOT NULL)");
  const insertWords = database.query("INSERT INTO words (rowid, text) VALUES (?, ?)");
  const insertPlace = database.query("INSERT INTO place (id, ref) VALUES (?, ?)");
  database.transaction(() => {
    let id = 0;
    for (const { ref, text } of library.segments()) {
      id++;
      insertPlace.run(id, ref);
      insertWords.run(id, stripped(text));
    }
  })();
}

function engineOf(database: Database, name: string, joint: string): EvaluatedEngine {
  const find = database.query<{ ref: string }, [string, number]>(
    "SELECT p.ref FROM words JOIN place p ON p.id = words.rowid WHERE words MATCH ? ORDER BY bm25(words) LIMIT ?",
  );
  return {
    name,
    search(query, limit) {
      const words = stripped(query)
        .split(/[^\p{L}\p{N}\p{Co}]+/u)
        .filter((word) => word !== "");
      if (words.length === 0) return [];
      const match = words.map((word) => `"${word}"`).join(joint);
      const refs = find.all(match, limit * ROWS_PER_HIT).map((row) => row.ref);
      return [...new Set(refs)].slice(0, limit).map((ref) => [ref]);
    },
  };
}

function stripped(text: string): string {
  return text.replaceAll(/<[^>]*>/g, " ").replaceAll(/[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]/g, "");
}
