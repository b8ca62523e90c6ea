import type { ExpandedLink, ExpandedLinks, HitVersion, SearchAnswer, SearchHit, Snippet, Stretch } from "@sofer/store";
import { printable, printableLines } from "./printable.ts";
import { count, counted } from "./table.ts";

/** Letters of a linked text that are shown. */
const SHOWN_LETTERS = 240;

/** What stands around what was found: bold on a terminal; in JSON, brackets that stand in no text. */
interface Marking {
  readonly before: string;
  readonly after: string;
}
const BOLD: Marking = { before: "\u001B[1m", after: "\u001B[22m" };
const BRACKETS: Marking = { before: "\u27E6", after: "\u27E7" };
const NONE: Marking = { before: "", after: "" };

/** Bold only for eyes: where stdout is a terminal and nobody asked for none (https://no-color.org). */
export function hasBold(): boolean {
  return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}

function mark(text: string, highlights: readonly Stretch[], { before, after }: Marking): string {
  let out = "";
  let at = 0;
  for (const [start, end] of highlights) {
    out += `${text.slice(at, start)}${before}${text.slice(start, end)}${after}`;
    at = end;
  }
  return out + text.slice(at);
}

/** The same for a terminal: each piece of the text by itself, so that only our own marks are obeyed. */
function markPrintable(text: string, highlights: readonly Stretch[], { before, after }: Marking): string {
  const shown = (from: number, to?: number) => printableLines(text.slice(from, to).replaceAll(/\s+/g, " "));
  let out = "";
  let at = 0;
  for (const [start, end] of highlights) {
    out += `${shown(at, start)}${before}${shown(start, end)}${after}`;
    at = end;
  }
  return out + shown(at);
}

function shownSnippet({ text, highlights, isCut, isFootnote }: Snippet, marking: Marking): string {
  const marked = markPrintable(text, highlights, marking);
  return `${isFootnote ? "[note] " : ""}${isCut[0] ? "…" : ""}${marked}${isCut[1] ? "…" : ""}`;
}

/** A hit as a line of JSON: as the library gives it, each snippet also with marks around what was found. */
export function hitLine(hit: SearchHit): object {
  return { type: "hit", ...hit, versions: hit.versions.map(versionLine) };
}

function versionLine(version: HitVersion): object {
  const { text, highlights } = version.snippet;
  return { ...version, snippet: { ...version.snippet, marked: mark(text, highlights, BRACKETS) } };
}

/** What is to be said of the whole answer: the last line of JSON. */
export function answerLine({ hits, ...answer }: SearchAnswer): object {
  return { type: "answer", ...answer, hits: hits.length };
}

/** A hit with all its versions: ref, then edition and licence over the part of the text that was found. */
export function renderHit(hit: SearchHit, rank: number, isBold: boolean): string {
  const names = [hit.ref, hit.heRef, ...passageNote(hit), hit.url].filter((name) => name !== null);
  const lines = [`${rank}. ${names.map(printable).join("  ")}`];
  const missing = hit.why.flatMap((reason) => (reason.by === "lexical" ? reason.missing : []));
  if (missing.length > 0) lines.push(`   without ${missing.map((word) => `"${printable(word)}"`).join(", ")}`);
  for (const version of hit.versions) {
    lines.push(`   [${version.language}] ${edition(version)}`);
    lines.push(`      ${shownSnippet(version.snippet, isBold ? BOLD : NONE)}`);
  }
  return lines.join("\n");
}

/** `(in Genesis 1:1-3)`, when the hit stands for more than its own segment. */
function passageNote({ ref, passage }: SearchHit): string[] {
  return passage.ref === ref ? [] : [`(with ${passage.ref})`];
}

/** How many texts have all the words, for people. */
export function renderTotal({ total, hits }: SearchAnswer): string {
  const texts = counted(total.texts, "text");
  return `${counted(hits.length, "hit")}; ${total.isAtLeast ? "at least " : ""}${texts} ${total.texts === 1 ? "has" : "have"} all the words`;
}

function shorten(text: string): string {
  const plain = printableLines(text.replaceAll(/\s+/g, " ").trim());
  const letters = [...plain];
  return letters.length <= SHOWN_LETTERS ? plain : `${letters.slice(0, SHOWN_LETTERS).join("")}…`;
}

function edition({ versionTitle, license }: { readonly versionTitle: string; readonly license: string }): string {
  return `${printable(versionTitle)} · ${printable(license) || "no licence stated"}`;
}

const NOT_HERE: Readonly<Record<Exclude<ExpandedLink["state"], "placed">, string>> = {
  beyond: "no text there",
  "unknown-book": "dangling: its book is not in the library",
  "unknown-place": "dangling: its book has no such place",
  branch: "dangling: a part with several texts",
  virtual: "dangling: a dictionary's entry",
};

/** What a hit is linked with, each with the path taken: hit, type of link, other ref. */
export function renderExpanded({ total, links }: ExpandedLinks): string {
  const lines = links.map(renderLink);
  if (total > links.length) lines.push(`   → and ${count(total - links.length)} more links (--max-links)`);
  return lines.join("\n");
}

function renderLink(link: ExpandedLink): string {
  const [from, type, to] = link.path.map(printable) as [string, string, string];
  const within = link.here === link.path[0] ? from : `${from} (in ${printable(link.here)})`;
  const state = link.state === "placed" ? "" : `  [${NOT_HERE[link.state]}]`;
  const lines = [`   → ${within} → ${type === "" ? "(no type)" : type} → ${to}${state}`];
  for (const text of link.texts) {
    const where = text.ref === link.path[2] ? "" : `${printable(text.ref)} · `;
    lines.push(`      [${text.language}] ${where}${edition(text)}`);
    lines.push(`         ${shorten(text.text)}`);
  }
  if (link.isCut) lines.push("      and more of it");
  if (link.state === "placed" && link.texts.length === 0)
    lines.push("      no text in the languages and licences asked for");
  return lines.join("\n");
}
