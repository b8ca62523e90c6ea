import type { BookContent, SandboxBook, SandboxVersion, SchemaRecord } from "@sofer/sandbox";

/**
 * What a library should hold, worked out from the sandbox's own objects by a plain walk that shares no code with the
 * program: neither its parser, nor its refs, nor its choice of versions.
 */
export interface ExpectedSegment {
  readonly title: string;
  readonly language: string;
  readonly versionTitle: string;
  readonly ref: string;
  readonly heRef: string | null;
  readonly text: string;
}

export interface Leaf {
  /** Full English and Hebrew titles. */
  readonly en: string;
  readonly he: string;
  readonly schema: SchemaRecord;
  /** Keys from a version's text to this leaf's array. */
  readonly keys: readonly string[];
}

const nameOf = (schema: SchemaRecord, lang: string) =>
  schema.titles?.find((title) => title.lang === lang && title.primary === true)?.text ?? "";

export function leavesOf({ schema }: BookContent): Leaf[] {
  const walk = (node: SchemaRecord, en: string, he: string, keys: readonly string[]): Leaf[] =>
    node.nodes === undefined
      ? [{ en, he, schema: node, keys }]
      : node.nodes.flatMap((child) =>
          child.default === true
            ? walk(child, en, he, [...keys, ""])
            : walk(child, `${en}, ${nameOf(child, "en")}`, `${he}, ${nameOf(child, "he")}`, [
                ...keys,
                nameOf(child, "en"),
              ]),
        );
  return walk(schema, nameOf(schema, "en"), nameOf(schema, "he"), []);
}

export function isComplex(book: SandboxBook): boolean {
  return book.load().schema.nodes !== undefined;
}

export function textAt(version: SandboxVersion, leaf: Leaf): unknown {
  let text = version.text;
  for (const key of leaf.keys) {
    if (typeof text !== "object" || text === null || Array.isArray(text)) return [];
    text = (text as Record<string, unknown>)[key] ?? [];
  }
  return text;
}

type Found = readonly [path: readonly number[], text: string];

function strings(text: unknown, path: readonly number[] = []): Found[] {
  if (Array.isArray(text)) return text.flatMap((inner: unknown, at) => strings(inner, [...path, at]));
  return typeof text === "string" && text.trim() !== "" ? [[path, text]] : [];
}

export function segmentsIn(version: SandboxVersion, leaf: Leaf): number {
  return strings(textAt(version, leaf)).length;
}

/** Numerals below 500, all that the generated books need. */
function numeral(n: number): string {
  if (n >= 500) throw new RangeError(`${n} is more than this numeral knows`);
  const tens = ["", "י", "כ", "ל", "מ", "נ", "ס", "ע", "פ", "צ"];
  const units = ["", "א", "ב", "ג", "ד", "ה", "ו", "ז", "ח", "ט"];
  const rest = n % 100;
  const low = rest === 15 ? "טו" : rest === 16 ? "טז" : `${tens[Math.floor(rest / 10)] ?? ""}${units[rest % 10] ?? ""}`;
  const letters = `${["", "ק", "ר", "ש", "ת"][Math.floor(n / 100)] ?? ""}${low}`;
  const turned = letters === "רע" ? "ער" : letters === "רעב" ? "ערב" : letters === "רעה" ? "ערה" : letters;
  return turned.length === 1 ? `${turned}׳` : `${turned.slice(0, -1)}״${turned.slice(-1)}`;
}

function labels(leaf: Leaf, path: readonly number[]): readonly (readonly [en: string, he: string | null])[] {
  const offsets = leaf.schema.index_offsets_by_depth as { readonly "2"?: readonly number[] } | undefined;
  return path.map((index, level) => {
    const n = index + 1 + (level === 1 ? (offsets?.["2"]?.[path[0] ?? 0] ?? 0) : 0);
    const type = leaf.schema.addressTypes?.[level] ?? "Integer";
    if (type === "Talmud") {
      const side = index % 2;
      const page = Math.floor(index / 2) + 1;
      return [`${page}${"ab"[side]}`, `${numeral(page)} ${"אב"[side]}`];
    }
    if (type === "Folio") return [`${Math.floor(index / 4) + 1}${"abcd"[index % 4]}`, null];
    return [String(n), numeral(n)];
  });
}

function segmentsOf(book: SandboxBook, version: SandboxVersion, leaf: Leaf): ExpectedSegment[] {
  const { language, versionTitle } = version.meta;
  return strings(textAt(version, leaf)).map(([path, text]) => {
    const parts = labels(leaf, path);
    const he = parts.some(([, label]) => label === null)
      ? null
      : `${leaf.he} ${parts.map(([, label]) => label).join(":")}`;
    return {
      title: book.title,
      language,
      versionTitle,
      ref: `${leaf.en} ${parts.map(([label]) => label).join(":")}`,
      heRef: he,
      text,
    };
  });
}

/** Versions whose licence begins with Copyright are left out unless asked for. */
const isFree = (version: SandboxVersion) => !(version.meta.license ?? "").startsWith("Copyright");

/** `--versions all`, or exact titles. */
export function allVersions(books: readonly SandboxBook[], titles?: readonly string[]): ExpectedSegment[] {
  return books.flatMap((book) => {
    const content = book.load();
    const versions = content.versions.filter(
      (version) => isFree(version) && (titles === undefined || titles.includes(version.meta.versionTitle)),
    );
    return versions.flatMap((version) => leavesOf(content).flatMap((leaf) => segmentsOf(book, version, leaf)));
  });
}

/** `--versions best`: of each leaf and side the highest priority, then the most segments, then the first title. */
export function bestVersions(books: readonly SandboxBook[]): ExpectedSegment[] {
  return books.flatMap((book) => {
    const content = book.load();
    return leavesOf(content).flatMap((leaf) =>
      ["he", "en"].flatMap((side) => {
        const [winner] = content.versions
          .filter((version) => version.meta.language === side && isFree(version) && segmentsIn(version, leaf) > 0)
          .toSorted(
            (a, b) =>
              Number(b.meta.priority ?? 0) - Number(a.meta.priority ?? 0) ||
              segmentsIn(b, leaf) - segmentsIn(a, leaf) ||
              (a.meta.versionTitle < b.meta.versionTitle ? -1 : 1),
          );
        return winner === undefined ? [] : segmentsOf(book, winner, leaf);
      }),
    );
  });
}

/** Lines in one order, for comparing with a dump. */
export function sortedLines(segments: readonly ExpectedSegment[]): string[] {
  return segments
    .map(({ title, language, versionTitle, ref, heRef, text }) =>
      JSON.stringify([title, language, versionTitle, ref, heRef, text]),
    )
    .toSorted();
}

/** What one has more than the other, a few lines of each: `{missing: [], surplus: []}` when they are the same. */
export function difference(
  expected: readonly ExpectedSegment[],
  dumped: readonly ExpectedSegment[],
): { readonly missing: string[]; readonly surplus: string[] } {
  const left = new Map<string, number>();
  for (const line of sortedLines(expected)) left.set(line, (left.get(line) ?? 0) + 1);
  for (const line of sortedLines(dumped)) left.set(line, (left.get(line) ?? 0) - 1);
  const lines = (sign: number) => [...left].filter(([, count]) => count * sign > 0).map(([line]) => line);
  return { missing: lines(1).slice(0, 5), surplus: lines(-1).slice(0, 5) };
}
