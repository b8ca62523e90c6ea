import { Database } from "bun:sqlite";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyLibrary, type VerifyLine, type VerifyReport } from "@sofer/engine";
import type { LoggedRequest, Stats } from "@sofer/sandbox";
import { openLibrary, type Library, type SegmentLine } from "@sofer/store";

/** Data kept beside the project; tests that need it are skipped, by name, where it is absent. */
export const SHARED = join(import.meta.dir, "..", "..", "shared");
export const CORPUS = join(SHARED, "corpus");
export const hasCorpus = existsSync(join(CORPUS, "manifest.json")) && existsSync(join(CORPUS, "truth.tsv"));

const ROOT = join(import.meta.dir, "..");
export const MAIN = join(ROOT, "packages", "cli", "src", "main.ts");

export interface TempDir {
  readonly path: string;
  /** A path inside it. */
  file(...names: string[]): string;
  dispose(): void;
  [Symbol.dispose](): void;
}

export function tempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), "sofer-test-"));
  const dispose = () => rmSync(path, { recursive: true, force: true });
  return { path, file: (...names) => join(path, ...names), dispose, [Symbol.dispose]: dispose };
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

export interface CliEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** This process's environment without what would set the program's settings from outside. */
function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("SOFER_"));
  return { ...Object.fromEntries(own), ...extra };
}

/** The program as a subprocess that is left running; `pid` is the program's own. */
export function spawnCli(words: readonly string[], { env, cwd, stdin }: CliOptions = {}) {
  return Bun.spawn([process.execPath, MAIN, ...words], {
    cwd: cwd ?? ROOT,
    env: environment(env),
    stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** The program from its start to its end. */
export async function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliEnd> {
  const child = spawnCli(words, options);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

export interface CliSandbox {
  readonly url: string;
  readonly pid: number;
  stats(): Promise<Stats>;
  /** Every request so far, with its time of arrival. */
  requests(): Promise<readonly LoggedRequest[]>;
  /** Counts start again from nothing. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** `sofer sandbox` in a process of its own, on a free port; `args` are further flags of it. */
export async function startCliSandbox(args: readonly string[] = []): Promise<CliSandbox> {
  const own = tempDir();
  const child = spawnCli(["sandbox", "--port", "0", "--json", "--request-log", own.file("requests.jsonl"), ...args]);
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
    own.dispose();
  };
  let said = "";
  const decoder = new TextDecoder();
  const reader = child.stdout.getReader();
  while (!said.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) {
      const why = await new Response(child.stderr).text();
      await stop();
      throw new Error(`the sandbox did not start: ${why}`);
    }
    said += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  const { url } = JSON.parse(said.slice(0, said.indexOf("\n"))) as { url: string };
  const page = async <T>(name: string, method = "GET") =>
    (await (await fetch(`${url}/_sandbox/${name}`, { method })).json()) as T;
  return {
    url,
    pid: child.pid,
    stats: () => page<Stats>("stats"),
    requests: () => page<readonly LoggedRequest[]>("requests"),
    reset: async () => {
      await page<Stats>("reset", "POST");
    },
    stop,
  };
}

/** JSON lines, parsed; a line that is not JSON throws. */
export function jsonLines<T = Record<string, unknown>>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

function read<T>(path: string, use: (library: Library) => T): T {
  const library = openLibrary(path);
  try {
    return use(library);
  } finally {
    library.close();
  }
}

/** The rows of `dump segments`, read here: a process that only writes them out proves nothing more about a library. */
export function heldSegments(path: string): SegmentLine[] {
  return read(path, (library) => [...library.segments()]);
}

/** One text of all segments and chunks of these titles (all by default), to compare libraries with. */
export function heldRows(path: string, titles?: readonly string[]): string {
  const filter = titles === undefined ? {} : { titles };
  return read(path, (library) =>
    [...library.segments(filter), ...library.chunks(filter)].map((row) => JSON.stringify(row)).join("\n"),
  );
}

/** Rows that name one that is not there, as SQLite itself finds them: the writer does not always look (decision 0036). */
export function dangling(path: string): unknown[] {
  using database = new Database(path, { readonly: true });
  return database.query("PRAGMA foreign_key_check").all();
}

/** What `verify` reports, without its process. @throws when rows point nowhere that it would not look at */
export async function verified(path: string): Promise<VerifyReport & { readonly lines: readonly VerifyLine[] }> {
  const strays = dangling(path);
  if (strays.length > 0) throw new Error(`${strays.length} rows point nowhere: ${JSON.stringify(strays.slice(0, 3))}`);
  const library = openLibrary(path);
  const lines: VerifyLine[] = [];
  try {
    return { ...(await verifyLibrary({ library, titles: null, onLine: (line) => lines.push(line) })), lines };
  } finally {
    library.close();
  }
}

export type DumpKind = "segments" | "chunks" | "links";

/** sha256 over the dumps of a library, streamed: equal for libraries that hold the same, whatever their history. */
export async function dumpHash(
  library: string,
  kinds: readonly DumpKind[] = ["segments", "chunks", "links"],
): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const what of kinds) {
    hasher.update(`${what}\n`);
    const child = spawnCli(["dump", what, "--library", library]);
    const stderr = new Response(child.stderr).text();
    for await (const bytes of child.stdout) hasher.update(bytes);
    const code = await child.exited;
    if (code !== 0) throw new Error(`dump ${what} of ${library} ended with ${code}: ${await stderr}`);
  }
  return hasher.digest("hex");
}
