import { formatRef, labelsOf, type Leaf, type Path, type Ref } from "@sofer/core";
import { hasContent, textAt, textOfRange } from "../jagged.ts";
import type { SandboxVersion } from "../library.ts";
import { titlesOf } from "../nodes.ts";
import type { Section, Shelf } from "../opened-book.ts";
import { findPlace, isRange, normalHeRef, normalRef, type Place } from "../place.ts";
import { errorAnswer, jsonAnswer, type Answer } from "./answer.ts";
import { chooseVersions } from "./choose-versions.ts";
import { spanningRefs } from "./spanning.ts";
import { versionRecord } from "./version-record.ts";

/** `/api/v3/texts/{ref}`: one place in the chosen versions, with the metadata of every version that has it. */
export function textsAnswer(shelf: Shelf, asked: string, versionParameters: readonly string[]): Answer {
  const place = findPlace(shelf, asked);
  const { book, node, leaf, from, to } = place;
  const isStepping = node.leaf === null;
  const ref = from.length === 0 || leaf === null ? node.title : normalRef(leaf, from, to);
  // A branch's versions are taken by book: whether they reach into its default node is not looked at.
  const isBranch = isStepping && from.length === 0;
  const present = isBranch ? book.content.versions : versionsAt(place);
  if (present.length === 0 && !node.isVirtual) throw errorAnswer(404, `We have no text for ${ref}.`);
  if (leaf === null) throw errorAnswer(400, `You passed '${ref}', please pass a more specific ref for this book.`);

  const parameters = versionParameters.length === 0 ? ["primary"] : versionParameters;
  const { versions, warnings } = chooseVersions(parameters, present, book.content, ref);
  const isWholeBook = !book.isComplex && from.length === 0;
  return jsonAnswer({
    versions: versions.map((version) => ({
      ...versionRecord(version, book.content),
      ...(isWholeBook ? { firstSectionRef: book.firstSectionOf(version) } : {}),
      text: textIn(place, leaf, version),
    })),
    available_versions: present.map((version) => ({
      ...versionRecord(version, book.content),
      title: book.book.title,
    })),
    ref,
    ...describePlace(place, leaf, ref),
    ...describeBook(place, leaf),
    warnings,
  });
}

function textIn({ book, from, to }: Place, leaf: Leaf, version: SandboxVersion): unknown {
  const whole = book.text(version, leaf);
  return isRange(from, to) ? textOfRange(whole, from, to) : textAt(whole, from, leaf.depth);
}

function versionsAt(place: Place): readonly SandboxVersion[] {
  const { leaf } = place;
  if (leaf === null) return [];
  return place.book.content.versions.filter((version) => hasContent(textIn(place, leaf, version)));
}

function describePlace({ book, node, from, to }: Place, leaf: Leaf, ref: string): Record<string, unknown> {
  const sectionLevel = leaf.depth - 1;
  const sectionStart = from.slice(0, sectionLevel);
  const sectionEnd = to.slice(0, sectionLevel);
  const isBare = from.length === 0;
  const sectionRef = isBare ? node.title : normalRef(leaf, sectionStart, sectionEnd);
  const first = from.length < sectionLevel ? book.sectionFrom(leaf, from, false) : null;
  // A whole node of several levels lies before its own first section and after its own last one [recorded].
  const isWhole = isBare && sectionLevel > 0;
  const inside = isWhole ? book.sections.filter((section) => section.leaf === leaf) : [];
  const next = isWhole ? inside[0] : book.sectionFrom(leaf, sectionEnd, true);
  const previous = isWhole ? inside.at(-1) : book.sectionBefore(leaf, sectionStart);
  const spanning = isRange(from, to) ? spanningRefs(book.counts(leafNode(node)), leaf, from, to) : [];
  return {
    heRef: isBare ? node.heTitle : normalHeRef(leaf, from, to),
    sections: labelsOf(leaf, from),
    toSections: labelsOf(leaf, to),
    sectionRef,
    heSectionRef: isBare ? node.heTitle : normalHeRef(leaf, sectionStart, sectionEnd),
    firstAvailableSectionRef: first === null ? ref : sectionRefOf(first),
    isSpanning: spanning.length > 1,
    ...(spanning.length > 1 ? { spanningRefs: spanning } : {}),
    next: sectionRefOf(next),
    prev: sectionRefOf(previous),
    title: sectionRef,
    index_offsets_by_depth: trimOffsets(leaf, from, to),
  };
}

function leafNode(node: Place["node"]): Place["node"] {
  return node.leaf === null ? (node.defaultChild ?? node) : node;
}

function sectionRefOf(section: Section | null | undefined): Ref | null {
  return section === null || section === undefined ? null : formatRef(section.leaf, section.path);
}

function describeBook({ book, node }: Place, leaf: Leaf): Record<string, unknown> {
  const { record } = book.content;
  const { categories, title, heTitle, listing } = book.book;
  const { lengths } = leafNode(node).schema;
  const dependence = listing["dependence"] ?? record["dependence"];
  return {
    book: node.title,
    heTitle: node.heTitle,
    primary_category: listing["primary_category"] ?? categories[0] ?? "",
    type: listing["primary_category"] ?? categories[0] ?? "",
    indexTitle: title,
    categories,
    heIndexTitle: heTitle,
    isComplex: book.isComplex,
    isDependant: typeof dependence === "string",
    order: record["order"] ?? "",
    collectiveTitle: listing["collectiveTitle"] ?? "",
    heCollectiveTitle: listing["heCollectiveTitle"] ?? "",
    alts: [],
    ...(lengths === undefined || book.isComplex ? {} : { lengths, length: lengths[0] ?? 0 }),
    textDepth: leaf.depth,
    sectionNames: leaf.sectionNames,
    addressTypes: leaf.addressTypes,
    titleVariants: titlesOf(node.schema, "en"),
    heTitleVariants: titlesOf(node.schema, "he"),
  };
}

/** Offsets of the sections asked for only, as the service trims them. */
function trimOffsets(leaf: Leaf, from: Path, to: Path): Record<string, unknown> {
  const trimmed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(leaf.offsets ?? {})) {
    const isByFirst = Array.isArray(value) && from.length > 0;
    trimmed[key] = isByFirst ? value.slice(from[0] ?? 0, (to[0] ?? 0) + 1) : value;
  }
  return trimmed;
}

/** `/api/texts/versions/{title}`: metadata of the versions of a book or place. */
export function versionsAnswer(shelf: Shelf, asked: string): Answer {
  const place = findPlace(shelf, asked);
  const { book, node, from } = place;
  const isBook = node === book.root && from.length === 0;
  const present = isBook ? book.content.versions : versionsAt(place);
  return jsonAnswer(
    present.map((version) => ({
      ...versionRecord(version, book.content),
      title: book.book.title,
      ...(isBook ? { firstSectionRef: book.firstSectionOf(version) } : {}),
    })),
  );
}
