import type { LeafRange } from "./source.ts";

/** The id of a text unit: `text:Genesis 0-19:all`, `text:Rashi on Genesis:Title of a version`. */
export function textUnitId(leafTitle: string, range: LeafRange | null, versions: "all" | readonly string[]): string {
  const where = range === null ? "" : ` ${range.from.join(".")}-${range.to.join(".")}`;
  return `text:${leafTitle}${where}:${versions === "all" ? "all" : versions.join("|")}`;
}

const REST = /^(?: [\d.]+-[\d.]+)?:(.*)$/s;
/** What is put behind the id of a unit that is asked again for every version. */
export const WIDENED = ":widened";

/** Versions that a text unit of this leaf asked for, whatever part of the leaf it was; null: it is of another leaf. */
export function versionsOfTextUnit(id: string, leafTitle: string): "all" | readonly string[] | null {
  const start = `text:${leafTitle}`;
  const which = id.startsWith(start) ? REST.exec(id.slice(start.length))?.[1] : undefined;
  if (which === undefined) return null;
  return which === "all" || which.endsWith(WIDENED) ? "all" : which.split("|");
}
