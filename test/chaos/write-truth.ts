import type { SandboxLibrary, SandboxVersion } from "@sofer/sandbox";
import type { TrueVersion } from "./count-losses.ts";

/**
 * What the sandbox publishes, for count-losses.ts: straight from the generator's own nested lists. Versions under copyright
 * are left out of a library unless they are asked for, so they are no loss here; held all the same, they would be
 * versions that nobody should have.
 */
export function truthOf(library: SandboxLibrary): TrueVersion[] {
  return library.books
    .filter((book) => !book.isVirtual)
    .flatMap((book) =>
      book.load().versions.flatMap(({ meta, text }: SandboxVersion): TrueVersion[] => {
        const { language, versionTitle, license } = meta;
        if (license?.startsWith("Copyright") === true) return [];
        return [{ title: book.title, language, versionTitle, nodes: nodesOf(text) }];
      }),
    );
}

/** A jagged list is one node; an object has one for each of its names, however deep. */
function nodesOf(text: unknown): string[][] {
  if (typeof text === "object" && text !== null && !Array.isArray(text)) return Object.values(text).flatMap(nodesOf);
  const texts: string[] = [];
  collect(text, texts);
  return [texts];
}

function collect(text: unknown, into: string[]): void {
  if (Array.isArray(text)) for (const entry of text) collect(entry, into);
  else if (typeof text === "string" && /\S/u.test(text)) into.push(text);
}
