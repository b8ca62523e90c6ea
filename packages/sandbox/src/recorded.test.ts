import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { indexAnswer } from "./answers/book-index.ts";
import { relatedAnswer } from "./answers/related.ts";
import { shapeAnswer } from "./answers/shape.ts";
import { textsAnswer, versionsAnswer } from "./answers/texts.ts";
import { Shelf } from "./opened-book.ts";
import { smallLibrary } from "./testing/small-library.ts";

/** Answers of the real service, recorded; kept beside the project, not in it. */
const RECORDED = join(import.meta.dir, "../../../../shared/recorded");
const shelf = new Shelf(smallLibrary);

function recorded(file: string): unknown {
  return JSON.parse(readFileSync(join(RECORDED, file), "utf8"));
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

/** Kind of every value by its path; entries of a list share one path. A kind may vary from entry to entry. */
function shapeOf(value: unknown, path = "", into = new Map<string, Set<string>>()): Map<string, Set<string>> {
  into.set(path, (into.get(path) ?? new Set()).add(kindOf(value)));
  if (Array.isArray(value)) for (const entry of value) shapeOf(entry, `${path}[]`, into);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) shapeOf(inner, `${path}.${key}`, into);
  }
  return into;
}

/** Where the service sends "" for what is absent (metadata) and null at the ends of a book (neighbours). */
const METADATA = /^(?:\.versions|\.available_versions)?\[\]\.|^\.(?:order|next|prev)$/;

/** Every key of the recorded answer is in ours with a kind it was seen with; more keys of ours are no difference. */
function expectSameShape(ours: unknown, theirs: unknown, except: readonly RegExp[] = []): void {
  const mine = shapeOf(ours);
  const differences: string[] = [];
  for (const [path, kinds] of shapeOf(theirs)) {
    if (except.some((pattern) => pattern.test(path))) continue;
    const here = mine.get(path);
    const isLoose = METADATA.test(path);
    const isSame =
      here !== undefined &&
      [...here].some((kind) => kinds.has(kind) || (isLoose && (kind === "string" || kinds.has("string"))));
    if (!isSame) differences.push(`${path}: ${[...kinds].join()} recorded, ${[...(here ?? ["nothing"])].join()} here`);
  }
  expect(differences).toEqual([]);
}

function check(name: string, file: string, ours: () => string, except: readonly RegExp[] = []): void {
  test.skipIf(!existsSync(join(RECORDED, file)))(`${name} (recorded answer: ${file})`, () => {
    expectSameShape(JSON.parse(ours()), recorded(file), except);
  });
}

describe("our answers have the shape of the recorded ones", () => {
  // Carries spanningRefs without spanning, as the current service does not.
  check("a segment", "v3-texts.esther-1-1.json", () => textsAnswer(shelf, "Genesis 1:1", []).body, [/spanningRefs/]);
  check(
    "a spanning range",
    "v3-texts.genesis-1-31-2-2.spanning.json",
    () => textsAnswer(shelf, "Genesis 1:3-2:1", ["primary"]).body,
  );
  check(
    "a default node by its book's title",
    "v3-texts.likutei-moharan.book-level-default-node.json",
    () => textsAnswer(shelf, "Likutei Moharan", []).body,
  );
  check(
    "a missing version",
    "v3-texts.genesis-1-1.missing-version-only.json",
    () => textsAnswer(shelf, "Genesis 1:1", ["english|__missing_component_fixture__"]).body,
  );
  check("the shape of a book", "shape.genesis.json", () => shapeAnswer(shelf, "Genesis", false).body);
  check(
    "a list of versions",
    "texts-versions.rashi-on-genesis.one-row.json",
    () => versionsAnswer(shelf, "Rashi on Genesis").body,
  );
  // Only what every book has: descriptions, dates and alternate structures are the record's own.
  const OWN =
    /^\.(?:\w*Desc|alts|corpora|\w*Date\w*|\w*Place\w*|hasErrorMargin|is_cited|era|authors\[|dedication|authors)|match_templates|referenceableSections|toc_zoom/;
  check("the index of a simple book", "v2-index.genesis.json", () => indexAnswer(shelf, "Genesis", "plain").body, [
    OWN,
  ]);
  check(
    "the index of a complex book",
    "v2-index.likutei-moharan.json",
    () => indexAnswer(shelf, "Likutei Moharan", "plain").body,
    [OWN],
  );
  const linked = new Shelf({
    ...smallLibrary,
    links: () => ["Genesis 1:1,Rashi on Genesis 1:1:1,commentary,Genesis,Rashi on Genesis,Tanakh,Tanakh"],
  });
  // The sandbox has links only, and no essays among them; when a book was written is its record's own.
  const UNLINKED = /compDate|anchorVersion|sourceVersion|displayedText|^\.(?:sheets|topics|manuscripts|media)\[/;
  for (const file of ["related.genesis-1-1.links-0-699.json", "related.or-hachaim-on-deuteronomy-1-1-1.json"]) {
    check("what is related to a segment", file, () => relatedAnswer(linked, "Genesis 1:1").body, [UNLINKED]);
  }
});

describe("our errors have the words of the recorded ones", () => {
  const name = "an unknown title is named with spaces for underscores";
  const file = "v3-texts.error.unknown-title.json";
  test.skipIf(!existsSync(join(RECORDED, file)))(`${name} (recorded answer: ${file})`, () => {
    expect(() => textsAnswer(shelf, "__missing_component_fixture__", [])).toThrow(
      (recorded(file) as { readonly error: string }).error,
    );
  });
  const shapeFile = "shape.error.torah.json";
  test.skipIf(!existsSync(join(RECORDED, shapeFile)))(`a category that is not a full path (${shapeFile})`, () => {
    expect(() => shapeAnswer(shelf, "Torah", false)).toThrow((recorded(shapeFile) as { readonly error: string }).error);
  });
});
