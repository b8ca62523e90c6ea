import { heLabel, label } from "./address.ts";
import { addressTypeAt, sectionNumbers, type Leaf, type Path } from "./schema-tree.ts";

/** Canonical citation in normal form, `Genesis 1:1`, `Berakhot 2a:1`. Made here and nowhere else. */
export type Ref = string & { readonly __ref: unique symbol };

type Addressed = Pick<Leaf, "title" | "heTitle" | "addressTypes" | "offsets">;

export function labelsOf(leaf: Addressed, path: Path): string[] {
  return sectionNumbers(leaf, path).map((n, level) => label(addressTypeAt(leaf, level), n));
}

/** Ref of a place; the empty path is the leaf itself. */
export function formatRef(leaf: Addressed, path: Path): Ref {
  return (path.length === 0 ? leaf.title : `${leaf.title} ${labelsOf(leaf, path).join(":")}`) as Ref;
}

/** Hebrew ref, or null where a level's Hebrew label cannot be written (`Folio`). */
export function formatHeRef(leaf: Addressed, path: Path): string | null {
  if (path.length === 0) return leaf.heTitle;
  const labels: string[] = [];
  for (const [level, n] of sectionNumbers(leaf, path).entries()) {
    const he = heLabel(addressTypeAt(leaf, level), n);
    if (he === null) return null;
    labels.push(he);
  }
  return `${leaf.heTitle} ${labels.join(":")}`;
}

/**
 * Ref of everything from one place to another, both inclusive, of the same level: `Genesis 1:31-2:2`, `Genesis 1:1-5`;
 * collapsed after the first part that differs. Talmud pages are always spelled out (`Berakhot 2a-3b`); the service
 * answers such a range under `Berakhot 2-3`, so an answer is compared by its sections, never by this string.
 */
export function formatRange(leaf: Addressed, from: Path, to: Path): Ref {
  const start = labelsOf(leaf, from);
  const end = labelsOf(leaf, to);
  const differs = start.findIndex((part, level) => part !== end[level]);
  if (differs < 0) return formatRef(leaf, from);
  return `${formatRef(leaf, from)}-${end.slice(differs).join(":")}` as Ref;
}

/**
 * A leaf's ref in the form the publisher's own links use, which is also the only form its cache purges name:
 * spaces -> `_`, `:` -> `.`, the space before the sections -> `.`, then percent-encoding of what a URL path cannot
 * hold (sefaria-api, section 1).
 */
export function urlForm(leaf: Pick<Leaf, "title">, ref: Ref): string {
  const sections = ref.slice(leaf.title.length).trimStart();
  const title = leaf.title.replaceAll(" ", "_");
  const whole = sections === "" ? title : `${title}.${sections.replaceAll(":", ".")}`;
  return encodeURIComponent(whole).replaceAll("%2C", ",").replaceAll("%3A", ":");
}
