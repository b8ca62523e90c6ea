import { sectionNumbers, shapeAt, slots, comparePaths, formatRef, type Leaf, type Path, type Ref } from "@sofer/core";
import { hasContent, textAt, textOfRange } from "../jagged.ts";
import { linkIndexOf, type Anchor, type PlacedLink } from "../link-index.ts";
import type { OpenedBook, Shelf } from "../opened-book.ts";
import { findPlace, isRange, normalHeRef, normalRef, type Place } from "../place.ts";
import { jsonAnswer, type Answer } from "./answer.ts";

/**
 * `/api/related/{ref}`: every link of a place or of anything under it, without texts. The sandbox has no sheets, topics
 * and the like, so those lists are empty.
 */
export function relatedAnswer(shelf: Shelf, asked: string): Answer {
  const place = findPlace(shelf, asked);
  const index = linkIndexOf(shelf);
  const links = index.linksOf(place).flatMap((link) => recordOf(place.book, link, index.placeOf(link.other)) ?? []);
  return jsonAnswer({ links, sheets: [], notes: [], topics: [], manuscripts: [], media: [], guides: [] });
}

/**
 * A link as seen from its anchor.
 * @param other what the other side names; the service drops a link whose other side it cannot read, or is above a section
 */
function recordOf(
  here: OpenedBook,
  { id, type, anchor }: PlacedLink,
  other: Place | null,
): Record<string, unknown> | null {
  if (other === null || other.leaf === null || other.from.length < other.leaf.depth - 1) return null;
  const { book, node, leaf, from, to } = other;
  const { title, heTitle, categories, listing } = book.book;
  const ref = from.length === 0 ? node.title : normalRef(leaf, from, to);
  const { collectiveTitle = title, heCollectiveTitle = heTitle } = listing;
  const { compDate } = book.content.record;
  return {
    _id: id,
    index_title: title,
    category: listing["dependence"] ?? listing["primary_category"] ?? categories[0] ?? "",
    type,
    ref,
    anchorRef: normalRef(anchor.leaf, anchor.from, anchor.to),
    anchorRefExpanded: expanded(here, anchor),
    sourceRef: ref,
    sourceHeRef: from.length === 0 ? node.heTitle : normalHeRef(leaf, from, to),
    anchorVerse: sectionNumbers(anchor.leaf, anchor.from).at(-1) ?? 0,
    sourceHasEn: hasEnglish(other, leaf),
    ...(Array.isArray(compDate) ? { compDate } : {}),
    commentaryNum: commentaryNumber(leaf, from),
    collectiveTitle: { en: collectiveTitle, he: heCollectiveTitle },
    ...(leaf.isDefault ? {} : { heTitle: node.heTitle }),
  };
}

/** Every segment that an anchor covers. */
function expanded(book: OpenedBook, { leaf, from, to }: Anchor): Ref[] {
  const node = book.leaves().find((here) => here.leaf?.title === leaf.title);
  if (!isRange(from, to) || node === undefined) return [formatRef(leaf, from)];
  const counts = book.counts(node);
  const refs: Ref[] = [];
  for (let top = from[0] ?? 0; top <= (to[0] ?? 0); top++) {
    for (const path of slots(shapeAt(counts, [top]) ?? 0, [top])) {
      const segment = path.slice(0, leaf.depth);
      if (comparePaths(segment, from) >= 0 && comparePaths(segment, to) <= 0) refs.push(formatRef(leaf, segment));
    }
  }
  return refs;
}

function hasEnglish({ book, from, to }: Place, leaf: Leaf): boolean {
  return book.content.versions.some((version) => {
    if (version.meta.language !== "en") return false;
    const whole = book.text(version, leaf);
    return hasContent(isRange(from, to) ? textOfRange(whole, from, to) : textAt(whole, from, leaf.depth));
  });
}

/** The last two numbers of a ref as one: `4:1` is 4.0001, and `51` is 51 [recorded]. */
function commentaryNumber(leaf: Leaf, from: Path): number {
  const numbers = sectionNumbers(leaf, from);
  const [last = 0, before] = [numbers.at(-1), numbers.at(-2)];
  return before === undefined ? last : before + last / 10_000;
}
