import type { SearchHit } from "@sofer/store";

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
