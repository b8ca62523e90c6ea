import { availableParallelism } from "node:os";
import { effortOf } from "@sofer/engine/settings";
import { corpusFolder, type Choice } from "./setting.ts";

/** Every option of `bun run bench`; each word takes some of them. */
export const OPTIONS = {
  workers: { type: "string" },
  books: { type: "string" },
  runs: { type: "string" },
  latency: { type: "string" },
  rate: { type: "string" },
  generated: { type: "boolean" },
  check: { type: "boolean" },
  save: { type: "string" },
  keep: { type: "string" },
  library: { type: "string" },
} as const;

export type OptionName = keyof typeof OPTIONS;

/** What was said on the command line. */
export interface Given {
  readonly values: {
    readonly [Name in OptionName]?: ((typeof OPTIONS)[Name]["type"] extends "boolean" ? boolean : string) | undefined;
  };
  /** Words after the bench's own. */
  readonly words: readonly string[];
}

/** What a word of `bun run bench` is: the module `words/WORD.ts` exports it as `bench`. */
export interface Bench {
  readonly options: readonly OptionName[];
  /** How many further words it takes. */
  readonly words: number;
  run(given: Given): Promise<void>;
}

/** A wrong option or word: exit code 2. */
export class MisuseError extends Error {}

type NumberName = "workers" | "books" | "runs" | "latency";

/** @returns null when it was not said. */
function wholeOrNull({ values }: Given, name: NumberName, least = 1): number | null {
  const said = values[name];
  if (said === undefined) return null;
  const value = Number(said);
  if (said === "" || !Number.isInteger(value) || value < least) {
    throw new MisuseError(`--${name} ${said}: a whole number from ${least} on`);
  }
  return value;
}

export function whole(given: Given, name: NumberName, otherwise: number, least = 1): number {
  return wholeOrNull(given, name, least) ?? otherwise;
}

/** As many as the tool itself takes where nobody says. */
export function workersOf(given: Given): number {
  return whole(
    given,
    "workers",
    effortOf({ maxWorkers: null, maxConcurrentRequests: 1 }, availableParallelism()).maxWorkers,
  );
}

/** The real corpus where it is, said aloud where it is not. */
export function choiceOf(given: Given): Choice {
  const isGenerated = given.values.generated === true;
  const corpus = isGenerated ? null : corpusFolder();
  if (corpus === null && !isGenerated) {
    console.log("../shared/corpus is not there: measuring with the generated library, whose books are few and small");
  }
  const books = wholeOrNull(given, "books");
  return { corpus, workers: workersOf(given), books, latencyMs: whole(given, "latency", 0, 0) };
}

/** Prints the report, keeps the figures where `--save` says, and ends with 1 when it is not as it should be. */
export async function end(given: Given, report: string, measured: unknown, isGood: boolean): Promise<void> {
  console.log(report);
  const { save } = given.values;
  if (save !== undefined) await Bun.write(save, `${JSON.stringify(measured, null, 2)}\n`);
  process.exitCode = isGood ? 0 : 1;
}
