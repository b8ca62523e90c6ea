/**
 * `count-losses.ts LIBRARY TRUTH` compares a library with what was published, and prints what is lost, duplicated,
 * altered and silent as JSON. It reads the library through SQL alone and the truth from a file that the sandbox's books
 * were written to (write-truth.ts); of the program it uses nothing, neither its parser nor its names for places.
 *
 * Texts are compared as bags of strings for each version of each book, and in reading order within each node: a text
 * that stands in another place of its node is altered. A loss is *silent* when neither a named failure nor an exclusion
 * speaks of its book.
 */
import { Database } from "bun:sqlite";

/** One version as published: for each node in order, its texts in reading order, blank ones left out. */
export interface TrueVersion {
  readonly title: string;
  readonly language: string;
  readonly versionTitle: string;
  readonly nodes: readonly (readonly string[])[];
}

export interface Losses {
  readonly expected: number;
  readonly held: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Places that hold another text than they should. */
  readonly altered: number;
  /** Lost without a word. */
  readonly silent: number;
}

interface HeldRow {
  readonly node: number;
  readonly segment: number;
  readonly text: string;
}

const HELD = `SELECT n.id AS node, t.segment_id AS segment, t.text AS text
  FROM book b JOIN version v ON v.book_id = b.id JOIN segment_text t ON t.version_id = v.id
  JOIN segment s ON s.id = t.segment_id JOIN node n ON n.id = s.node_id
  WHERE b.title = ? AND v.language = ? AND v.version_title = ? ORDER BY n.position, s.path`;

export function countLosses(libraryPath: string, truth: readonly TrueVersion[]): Losses {
  const database = new Database(libraryPath, { readonly: true });
  try {
    const named = namedBooks(database);
    const sum = { expected: 0, held: 0, lost: 0, duplicated: 0, altered: 0, silent: 0 };
    for (const version of truth) {
      const { title, language, versionTitle } = version;
      const rows = database.query<HeldRow, [string, string, string]>(HELD).all(title, language, versionTitle);
      const counted = compare(version, rows);
      sum.expected += counted.expected;
      sum.held += rows.length;
      sum.lost += counted.lost;
      sum.duplicated += counted.duplicated;
      sum.altered += counted.altered;
      if (!named.has(title)) sum.silent += counted.lost;
    }
    const known = new Set(truth.map(({ title, language, versionTitle }) => `${title}\n${language}\n${versionTitle}`));
    const all = database
      .query<{ name: string; texts: number }, []>(
        `SELECT b.title || char(10) || v.language || char(10) || v.version_title AS name, count(*) AS texts
         FROM segment_text t JOIN version v ON v.id = t.version_id JOIN book b ON b.id = v.book_id GROUP BY v.id`,
      )
      .all();
    // A version that nobody published holds texts that nobody should.
    for (const { name, texts } of all) if (!known.has(name)) sum.duplicated += texts;
    return sum;
  } finally {
    database.close();
  }
}

/** Books that the library itself says are not whole. */
function namedBooks(database: Database): Set<string> {
  const rows = database.query<{ title: string }, []>("SELECT DISTINCT title FROM failure").all();
  return new Set(rows.map((row) => row.title));
}

function compare(version: TrueVersion, rows: readonly HeldRow[]): Omit<Losses, "held" | "silent"> {
  const truth = version.nodes.flat();
  const missing = new Map<string, number>();
  for (const text of truth) missing.set(text, (missing.get(text) ?? 0) + 1);
  let surplus = 0;
  for (const { text } of rows) {
    const left = missing.get(text) ?? 0;
    if (left === 0) surplus++;
    else missing.set(text, left - 1);
  }
  let lacking = 0;
  for (const left of missing.values()) lacking += left;
  // A place whose text is another: one is lacking and one is too many. What is left over is lost, or there twice.
  const replaced = Math.min(lacking, surplus);
  const places = new Set(rows.map((row) => row.segment));
  const duplicated = surplus - replaced + (rows.length - places.size);
  return {
    expected: truth.length,
    lost: lacking - replaced,
    duplicated,
    altered: replaced > 0 ? replaced : misplaced(version, rows),
  };
}

/** Texts that are there, but not where they belong: only looked for where nothing is lacking. */
function misplaced({ nodes }: TrueVersion, rows: readonly HeldRow[]): number {
  const held = [...Map.groupBy(rows, (row) => row.node).values()].map((group) => group.map((row) => row.text));
  const wanted = nodes.filter((texts) => texts.length > 0);
  if (held.flat().length !== wanted.flat().length) return 0;
  let count = 0;
  // Nodes may stand in another order than in the file; their texts may not.
  const left = wanted.map((texts) => JSON.stringify(texts));
  for (const texts of held) {
    const at = left.indexOf(JSON.stringify(texts));
    if (at < 0) count += texts.length;
    else left.splice(at, 1);
  }
  return count;
}

if (import.meta.main) {
  const [library, truth] = process.argv.slice(2);
  if (library === undefined || truth === undefined) throw new Error("count-losses.ts LIBRARY TRUTH");
  console.log(JSON.stringify(countLosses(library, (await Bun.file(truth).json()) as TrueVersion[])));
}
