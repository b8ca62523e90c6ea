import {
  SoferError,
  type ContentsEntry,
  type ExcludedVersion,
  type Language,
  type Leaf,
  type OddPlace,
  type Shape,
} from "@sofer/core";

/**
 * JSON columns back as what the writer put there. The file is ours and its format checked, so a column is trusted to
 * hold what its name says; only its being JSON of the right outer form is checked, because a hand may have edited it.
 */
function list(json: string): unknown[] {
  const value: unknown = JSON.parse(json);
  if (!Array.isArray(value)) throw new SoferError("library", "a column of the library holds no list where one is due");
  return value;
}

export const stringsOf = (json: string) => list(json).map(String);
export const namesOf = (json: string) => JSON.parse(json) as Readonly<Record<string, readonly string[]>>;
export const oddOf = (json: string) => list(json) as OddPlace[];
export const excludedOf = (json: string) => list(json) as ExcludedVersion[];
export const shapeOfRow = (json: string) => JSON.parse(json) as Shape;
export const leafOf = (json: string) => JSON.parse(json) as Leaf;
export const entriesOf = (value: unknown) => value as ContentsEntry[];

export function languageOf(text: string): Language {
  if (text === "he" || text === "en") return text;
  throw new SoferError("library", `the library names a language ${text}, which sofer does not know`);
}
