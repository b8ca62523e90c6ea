/** A text as an honest person would keep it: under its place, in its version. */
export interface Row {
  readonly title: string;
  /** Numbers of the place, from 1, joined by colons. */
  readonly place: string;
  readonly language: string;
  readonly versionTitle: string;
  readonly text: string;
}

interface Published {
  readonly language?: unknown;
  readonly versionTitle?: unknown;
  readonly license?: unknown;
  readonly text?: unknown;
}

/** What is parsed but is no text: contents, index records, schemas. */
const NONE: Row[] = [];

/**
 * Rows of a parsed object of the bucket or answer of the service. Only strings that are not blank, and nothing of
 * versions whose licence begins with Copyright: the same choice as the tool's, so that both keep the same texts. Nothing
 * is checked.
 */
export function rowsOf(json: unknown): Row[] {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return NONE;
  const answer = json as Readonly<Record<string, unknown>>;
  if (Array.isArray(answer["versions"]) && typeof answer["book"] === "string")
    return answerRows(answer, answer["book"]);
  if (typeof answer["versionTitle"] === "string" && typeof answer["title"] === "string") {
    const rows: Row[] = [];
    nodeRows(rows, answer["title"], answer, answer["text"]);
    return rows;
  }
  return NONE;
}

/** A version file's text is a list, or an object with one for each node. */
function nodeRows(rows: Row[], title: string, version: Published, text: unknown): void {
  if (typeof text !== "object" || text === null || Array.isArray(text)) {
    versionRows(rows, title, version, text, "", 1);
    return;
  }
  for (const [key, inner] of Object.entries(text)) {
    nodeRows(rows, key === "" ? title : `${title}, ${key}`, version, inner);
  }
}

/** One place in several versions; the list of a range begins with the range's first place. */
function answerRows(answer: Readonly<Record<string, unknown>>, title: string): Row[] {
  const rows: Row[] = [];
  const from = numbersOf(answer["sections"]);
  const isRange = from.join(":") !== numbersOf(answer["toSections"]).join(":");
  const base = (isRange ? from.slice(0, -1) : from).join(":");
  const first = isRange ? (from.at(-1) ?? 1) : 1;
  for (const version of answer["versions"] as readonly Published[]) {
    versionRows(rows, title, version, version.text, base, first);
  }
  return rows;
}

/** `["3a", "4"]` is the fifth page and the fourth line of it. */
function numbersOf(sections: unknown): number[] {
  if (!Array.isArray(sections)) return [];
  return sections.map((label) => {
    const number = Number.parseInt(String(label), 10);
    if (String(label).endsWith("a")) return number * 2 - 1;
    return String(label).endsWith("b") ? number * 2 : number;
  });
}

function versionRows(rows: Row[], title: string, version: Published, text: unknown, base: string, first: number) {
  if (String(version.license ?? "").startsWith("Copyright")) return;
  const [language, versionTitle] = [String(version.language), String(version.versionTitle)];
  const walk = (inner: unknown, place: string, from: number): void => {
    if (typeof inner === "string") {
      if (inner.trim() !== "") rows.push({ title, place, language, versionTitle, text: inner });
    } else if (Array.isArray(inner)) {
      for (let at = 0; at < inner.length; at++) walk(inner[at], `${place}${place === "" ? "" : ":"}${from + at}`, 1);
    }
  };
  walk(text, base, first);
}
