import { SoferError } from "@sofer/core";
import type { Static, TSchema } from "@sinclair/typebox";
import { TypeCompiler, type TypeCheck } from "@sinclair/typebox/compiler";

/**
 * A checker of one wire schema: returns the value typed, or throws `wire-shape` with the first place that differs. Compiled
 * when it is first asked: a run asks for the answers of one route, a worker of one kind at first.
 */
export function checker<T extends TSchema>(schema: T, what: string): (value: unknown, url?: string) => Static<T> {
  let compiled: TypeCheck<T> | undefined;
  return (value, url) => {
    compiled ??= TypeCompiler.Compile(schema);
    if (compiled.Check(value)) return value;
    const first = compiled.Errors(value).First();
    const place = first === undefined ? "" : `: ${first.path === "" ? "the whole" : first.path}: ${first.message}`;
    throw new SoferError("wire-shape", `${what} has an unknown form${place}`, {
      ...(url === undefined ? {} : { url }),
      hint: "the publisher may have changed its answers; a newer version of sofer may know them",
    });
  };
}
