import { SoferError } from "@sofer/core";

/** The error that some work ends with; work that does not fail so fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<SoferError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof SoferError) return thrown;
  throw new Error(`no SoferError: ${String(thrown)}`);
}
