import type { ExpandedLink, ExpandedLinks, SearchHit } from "@sofer/store";
import { count } from "./table.ts";

/** Letters of a text that a hit shows. */
const SHOWN_LETTERS = 240;

function shorten(text: string): string {
  const plain = text.replaceAll(/\s+/g, " ").trim();
  const letters = [...plain];
  return letters.length <= SHOWN_LETTERS ? plain : `${letters.slice(0, SHOWN_LETTERS).join("")}…`;
}

/** A hit with all its versions: ref, then edition and licence over the text, as the source gave it. */
export function renderHit(hit: SearchHit, rank: number): string {
  const lines = [`${rank}. ${hit.ref}${hit.heRef === null ? "" : `  ${hit.heRef}`}  ${hit.url}`];
  for (const version of hit.versions) {
    lines.push(`   [${version.language}] ${version.versionTitle} · ${version.license || "no licence stated"}`);
    lines.push(`      ${shorten(version.text)}`);
  }
  return lines.join("\n");
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
  const [from, type, to] = link.path;
  const within = link.here === from ? from : `${from} (in ${link.here})`;
  const state = link.state === "placed" ? "" : `  [${NOT_HERE[link.state]}]`;
  const lines = [`   → ${within} → ${type === "" ? "(no type)" : type} → ${to}${state}`];
  for (const text of link.texts) {
    const where = text.ref === to ? "" : `${text.ref} · `;
    lines.push(`      [${text.language}] ${where}${text.versionTitle} · ${text.license || "no licence stated"}`);
    lines.push(`         ${shorten(text.text)}`);
  }
  if (link.isCut) lines.push("      and more of it");
  if (link.state === "placed" && link.texts.length === 0)
    lines.push("      no text in the languages and licences asked for");
  return lines.join("\n");
}
