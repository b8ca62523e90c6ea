import { SoferError } from "@sofer/core";
import * as v from "valibot";

/** An object of whatever fields: valibot's own `object({})` takes an array for one, too. */
export const anyObject = v.custom<object>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "Expected an object",
);

export const integer = v.pipe(v.number(), v.integer());
/** A count. */
export const natural = v.pipe(integer, v.minValue(0));

/** A checker of one wire schema: returns the value as it came, typed, or throws `wire-shape` with the first place that differs. */
export function checker<T extends v.GenericSchema>(
  schema: T,
  what: string,
): (value: unknown, url?: string) => v.InferOutput<T> {
  return (value, url) => {
    const { issues } = v.safeParse(schema, value, { abortEarly: true });
    if (issues === undefined) return value;
    const [first] = issues;
    throw new SoferError(
      "wire-shape",
      `${what} has an unknown form: ${v.getDotPath(first) ?? "the whole"}: ${first.message}`,
      {
        ...(url === undefined ? {} : { url }),
        hint: "the publisher may have changed its answers; a newer version of sofer may know them",
      },
    );
  };
}
