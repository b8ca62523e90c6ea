import { existsSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { demoLibrary, loadCorpus } from "@sofer/sandbox";

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
}

/** The folder of real books, or null when it is not beside the project. */
export function corpusFolder(): string | null {
  return existsSync(join(CORPUS, "manifest.json")) ? CORPUS : null;
}

/**
 * Titles to bring.
 * @param corpus null: of the generated library.
 * @param books from the front; null: all.
 */
export function titlesOf(corpus: string | null, books: number | null): readonly string[] {
  const all = corpus === null ? demoLibrary() : loadCorpus(corpus);
  const titles = all.books.filter((book) => !book.isVirtual).map((book) => book.title);
  return titles.slice(0, books ?? titles.length);
}

export function settingOf(corpus: string | null, books: number, workers: number): Setting {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: navigator.hardwareConcurrency,
      memoryBytes: totalmem(),
      system: `${platform()} ${release()}`,
      bun: Bun.version,
    },
    input: corpus === null ? "generated library" : "real corpus",
    books,
    workers,
  };
}
