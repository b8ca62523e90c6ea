import { CHUNK_PROFILES, comparePaths, formatRef, slots, type Path } from "@sofer/core";
import type { HoldingRow, LeafSpan, LeafVersionTexts, StoredLeaf } from "@sofer/store";
import { cleanText } from "@sofer/text";
import type { LeafLine } from "./verify-line.ts";

/**
 * One version of one leaf: its chunks against its texts. In each profile the spans that point into a text must cover
 * its clean text; only white space may lie between them. Knows nothing of how chunks are cut.
 * @param hasGone texts are known to be gone: that chunks still point to them is no news.
 */
export function verifyChunks(
  { leaf }: StoredLeaf,
  texts: LeafVersionTexts,
  spans: readonly LeafSpan[],
  hasGone: boolean,
): readonly LeafLine[] {
  const lines: LeafLine[] = [];
  const clean = texts.texts.map((text) => cleanText(text).text);
  const indexOf = new Map(texts.segmentTextIds.map((id, index) => [id, index]));
  const line = (sign: LeafLine["sign"], ref: string, note: string): LeafLine => ({ sign, about: "chunk", ref, note });
  const profiles = new Set([...CHUNK_PROFILES.map((profile) => profile.name), ...spans.map((span) => span.profile)]);
  for (const profile of profiles) {
    const own = spans.filter((span) => span.profile === profile);
    const byText = spansByText(own, indexOf, clean.length);
    const found: LeafLine[] = [];
    let bare = 0;
    for (const [index, text] of clean.entries()) {
      const covering = byText[index] ?? NO_SPANS;
      if (text !== "" && covering.length === 0) bare++;
      const wrong = wrongCover(text, covering);
      if (wrong === null) continue;
      found.push(line(wrong.sign, formatRef(leaf, texts.paths[index] ?? []), `${profile}: ${wrong.note}`));
    }
    const full = clean.filter((text) => text !== "").length;
    // A leaf that was never chunked is one thing to do, not one for each of its segments.
    if (bare === full && bare > 1) lines.push(line("-", leaf.title, `${profile}: none of ${full} texts is in a chunk`));
    else lines.push(...found);
    const dangling = own.filter((span) => span.segmentTextId === null || !indexOf.has(span.segmentTextId));
    if (dangling.length > 0 && !hasGone) {
      const chunks = new Set(dangling.map((span) => span.chunk)).size;
      lines.push(line("*", leaf.title, `${profile}: chunks with parts that are not there: ${chunks}`));
    }
  }
  return lines;
}

const NO_SPANS: readonly LeafSpan[] = [];

/** Beside the texts; spans that point to none of them are left out. */
function spansByText(
  spans: readonly LeafSpan[],
  indexOf: ReadonlyMap<number, number>,
  texts: number,
): readonly (LeafSpan[] | undefined)[] {
  const byText: (LeafSpan[] | undefined)[] = Array.from({ length: texts });
  for (const span of spans) {
    const index = indexOf.get(span.segmentTextId ?? -1);
    if (index === undefined) continue;
    const known = byText[index];
    if (known === undefined) byText[index] = [span];
    else known.push(span);
  }
  return byText;
}

function wrongCover(
  text: string,
  spans: readonly LeafSpan[],
): { readonly sign: "-" | "*"; readonly note: string } | null {
  if (spans.length === 0) return text === "" ? null : { sign: "-", note: "in no chunk" };
  let at = 0;
  // Most texts lie in one chunk, whole.
  const [only] = spans;
  if (spans.length === 1 && only?.start === 0 && only.end === text.length && text !== "") return null;
  for (const span of spans.toSorted((a, b) => (a.start ?? 0) - (b.start ?? 0))) {
    const start = span.start ?? 0;
    const end = span.end ?? 0;
    if (start < at || end <= start || end > text.length)
      return { sign: "*", note: "its chunks overlap or reach beyond it" };
    if (text.slice(at, start).trim() !== "") return { sign: "-", note: "a part of it is in no chunk" };
    at = end;
  }
  return text.slice(at).trim() === "" ? null : { sign: "-", note: "a part of it is in no chunk" };
}

/**
 * Where texts are gone, told by the chunks that still point to them: a gone text stood between its neighbours in the
 * chunk, and where exactly one place lies there that may hold a text, it was that one. Null where that is not so.
 */
export function placesOfGone(
  stored: StoredLeaf,
  texts: LeafVersionTexts,
  spans: readonly LeafSpan[],
  holdings: readonly HoldingRow[],
): readonly Path[] | null {
  const pathOf = new Map(texts.segmentTextIds.map((id, index) => [id, texts.paths[index] ?? []]));
  const odd = holdings.flatMap((row) =>
    row.odd.filter(({ kind }) => kind !== "text").map(({ path }) => path.join(".")),
  );
  const taken = new Set([...texts.paths.map((path) => path.join(".")), ...odd]);
  const free = [...slots(stored.shape)].filter((path) => !taken.has(path.join(".")));
  const profile = CHUNK_PROFILES[0]?.name;
  const own = spans.filter((span) => span.profile === profile && span.segmentTextId !== null);
  const gone = new Map<number, Path>();
  for (const [index, span] of own.entries()) {
    const id = span.segmentTextId ?? -1;
    if (pathOf.has(id) || gone.has(id)) continue;
    const before = own.slice(0, index).findLast((other) => pathOf.has(other.segmentTextId ?? -1));
    const after = own.slice(index).find((other) => pathOf.has(other.segmentTextId ?? -1));
    const low = pathOf.get(before?.segmentTextId ?? -1);
    const high = pathOf.get(after?.segmentTextId ?? -1);
    const between = free.filter(
      (path) =>
        (low === undefined || comparePaths(path, low) > 0) && (high === undefined || comparePaths(path, high) < 0),
    );
    const [only] = between;
    if (only === undefined || between.length > 1) return null;
    gone.set(id, only);
  }
  return [...gone.values()];
}
