import { Database, SQLiteError } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import type { Edit, Sandbox } from "@sofer/sandbox";
import { jsonLines, runCli, spawnCli, type TempDir } from "../support.ts";

/** Top categories of the generated library; its further books are all under Musar. */
export const EVERYTHING = [
  "Tanakh",
  "Mishnah",
  "Talmud",
  "Midrash",
  "Halakhah",
  "Jewish Thought",
  "Chasidut",
  "Kabbalah",
  "Liturgy",
  "Second Temple",
  "Musar",
].map((category) => `category:${category}`);

export interface IngestParts {
  readonly url: string;
  readonly library: string;
  readonly titles: readonly string[];
  readonly more: readonly string[];
}

function ingestWords(folder: TempDir, { url, library, titles, more }: IngestParts): string[] {
  const where = [
    "--base-url",
    url,
    "--source",
    "service",
    "--library",
    library,
    "--pace-file",
    folder.file("pace.sqlite"),
  ];
  return ["ingest", ...where, "--versions", "all", "--quiet", ...more, "--titles", ...titles];
}

export const ingest = (folder: TempDir, parts: IngestParts) => runCli(ingestWords(folder, parts));

/** A run that is left running. What it says is read all the time, so that it never waits for a reader. */
export function startIngest(folder: TempDir, parts: IngestParts) {
  const child = spawnCli(ingestWords(folder, parts));
  const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const ended = async () => {
    const [[stdout, stderr], code] = await Promise.all([said, child.exited]);
    return { code, stdout, stderr };
  };
  return { child, ended };
}

/** Events of a `--log-file` that may still be written to: a line that is not finished yet is left out. */
export function eventsOf(logFile: string): Record<string, unknown>[] {
  const text = readFileSync(logFile, "utf8");
  return jsonLines(text.slice(0, text.lastIndexOf("\n") + 1));
}

/** Most entries of an ascending list of times that fall into any one window, its end left out. */
export function mostInWindow(times: readonly number[], windowMs: number): number {
  let oldest = 0;
  let most = 0;
  for (const [newest, at] of times.entries()) {
    while (at - (times[oldest] ?? 0) >= windowMs) oldest++;
    most = Math.max(most, newest - oldest + 1);
  }
  return most;
}

/** Path of the first string of a jagged array; null for an object of nodes. */
export function firstPath(text: unknown, base: readonly number[] = []): readonly number[] | null {
  if (typeof text === "string") return base;
  if (!Array.isArray(text)) return null;
  for (const [index, entry] of text.entries()) {
    const path = firstPath(entry, [...base, index]);
    if (path !== null) return path;
  }
  return null;
}

/** Another first line in the first version of every book that allows it. */
export function alteredLines(stand: Sandbox): Edit[] {
  return stand.library().books.flatMap((book): Edit[] => {
    const version = book.isVirtual ? undefined : book.load().versions[0];
    const path = version === undefined ? null : firstPath(version.text);
    if (version === undefined || path === null) return [];
    const { language, versionTitle } = version.meta;
    return [{ kind: "change", title: book.title, language, versionTitle, path, text: `${book.title}: altered` }];
  });
}

/** Texts in a library that another process may be writing just now; 0 while there is no such table, or no library, yet. */
export function committedRows(library: string): number {
  if (!existsSync(library)) return 0;
  let database: Database | undefined;
  try {
    database = new Database(library, { readonly: true });
    return database.query<{ rows: number }, []>("SELECT count(*) AS rows FROM segment_text").get()?.rows ?? 0;
  } catch (error) {
    // Being made at this moment: without the table, or busy.
    if (error instanceof SQLiteError) return 0;
    throw error;
  } finally {
    database?.close();
  }
}

/**
 * Reads a library as it is now until it is disposed of; null while there is none. A run waits for such a reader when it puts its
 * log away at its end, for 5 s (the writer's busy timeout): a kill that is due late does not come too late then, however fast the
 * run and slow the machine.
 */
export function readAsItIs(library: string): Disposable | null {
  if (committedRows(library) === 0) return null;
  const database = new Database(library, { readonly: true });
  database.run("BEGIN");
  database.query("SELECT count(*) FROM segment_text").get();
  return { [Symbol.dispose]: () => database.close() };
}

/** Does something to a run as soon as its library has so many rows; returns how many it had. The run cannot end before that. */
export async function rowsReach(
  library: string,
  rows: number,
  child: { readonly exitCode: number | null },
  act: () => void = () => undefined,
): Promise<number> {
  let reader: Disposable | null = null;
  try {
    for (;;) {
      reader ??= readAsItIs(library);
      const found = committedRows(library);
      if (found >= rows) {
        act();
        return found;
      }
      if (child.exitCode !== null) throw new Error(`the run ended at ${found} rows, before ${rows} were seen`);
      await Bun.sleep(2);
    }
  } finally {
    reader?.[Symbol.dispose]();
  }
}

/** What was measured, for whoever reads the log. */
export function note(figures: string): void {
  process.stderr.write(`    ${figures}\n`);
}
