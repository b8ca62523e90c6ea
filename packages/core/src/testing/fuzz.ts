import { SoferError } from "../errors.ts";

/**
 * How often a fuzzer runs, for fast-check: few times every day, as often as `SOFER_FUZZ_RUNS` says in a long run
 * (`bun run test:fuzz`). A failure prints its seed; `SOFER_FUZZ_SEED` begins with it again.
 */
export function fuzzing(everyday: number): { readonly numRuns: number; readonly seed?: number } {
  const runs = Number(process.env["SOFER_FUZZ_RUNS"] ?? everyday);
  const seed = process.env["SOFER_FUZZ_SEED"];
  return seed === undefined ? { numRuns: runs } : { numRuns: runs, seed: Number(seed) };
}

type Thrown = abstract new (...args: never[]) => Error;

/** Runs it: an error with a type is an answer like any other, everything else is thrown on. */
export function typedOnly<T>(run: () => T, ...others: readonly Thrown[]): T | Error {
  try {
    return run();
  } catch (error) {
    return typed(error, others);
  }
}

export async function typedOnlyAsync<T>(run: () => Promise<T>, ...others: readonly Thrown[]): Promise<T | Error> {
  try {
    return await run();
  } catch (error) {
    return typed(error, others);
  }
}

function typed(error: unknown, others: readonly Thrown[]): Error {
  // Our own fault is no answer.
  if (error instanceof SoferError && error.code !== "internal") return error;
  for (const Other of others) if (error instanceof Other) return error;
  throw error;
}
