import { existsSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { demoLibrary, generateLibrary, loadCorpus, type SandboxLibrary } from "@sofer/sandbox";

const CORPUS = join(import.meta.dir, "..", "..", "..", "shared", "corpus");

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly bun: string;
}

/** On what, and of what, figures are. */
export interface Setting {
  readonly date: string;
  readonly machine: Machine;
  /** `real corpus` or `generated library`. */
  readonly input: string;
  readonly books: number;
  readonly workers: number;
  /** Milliseconds that the sandbox waits before each answer. */
  readonly latencyMs: number;
}

/** What every measured ingest is told. */
export interface Choice {
  /** Folder of real books, or the size of a generated library, as `800x5`; null: the demo's. */
  readonly corpus: string | null;
  readonly workers: number;
  /** Books from the front; null: all. */
  readonly books: number | null;
  readonly latencyMs: number;
  /** Called between ingest and verify, with the library's path. */
  readonly beforeVerify?: (library: string) => void;
}

/** The folder of real books, or null when it is not beside the project. */
export function corpusFolder(): string | null {
  return existsSync(join(CORPUS, "manifest.json")) ? CORPUS : null;
}

const GENERATED = /^(\d+)x(\d+)$/;

/** What is served under Choice.corpus. */
export function libraryOf(corpus: string | null): SandboxLibrary {
  if (corpus === null) return demoLibrary();
  const [, books, scale] = GENERATED.exec(corpus) ?? [];
  if (books === undefined) return loadCorpus(corpus);
  return generateLibrary({ seed: "bench", books: Number(books), scale: Number(scale) });
}

/** Titles to bring. */
export function titlesOf({ corpus, books }: Pick<Choice, "corpus" | "books">): readonly string[] {
  const all = libraryOf(corpus);
  const titles = all.books.filter((book) => !book.isVirtual).map((book) => book.title);
  return titles.slice(0, books ?? titles.length);
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()}`,
    bun: Bun.version,
  };
}

/** @param books how many are brought. */
export function settingOf({ corpus, workers, latencyMs }: Choice, books: number): Setting {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    input: corpus === null || GENERATED.test(corpus) ? "generated library" : "real corpus",
    books,
    workers,
    latencyMs,
  };
}
