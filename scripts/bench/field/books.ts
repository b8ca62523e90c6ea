import { generateLibrary } from "@sofer/sandbox";
import type { BenchSandbox } from "../sandbox.ts";

/** What the sandbox serves: a generated library with every structure, of which the field brings twelve books. */
const [SERVED, SCALE] = [33, 3];
export const LIBRARY = `${SERVED}x${SCALE}`;

/**
 * Some 1,100 sections in twelve books: as many as the books that the section-by-section programs were once measured
 * with. Two levels and three, pages and folios, one level only, trees with a default node and without, several versions, none in Hebrew.
 */
export const MIXED: readonly string[] = [
  "Scroll of Rivers",
  "Neharot",
  "Tablet of Pages",
  "Small Lamp on Table of Order",
  "Answers of Eliav",
  "Guide of the Path",
  "Four Doors",
  "Essays Without Levels",
  "Gathered Teachings",
  "Light of the Vineyard",
  "Order of Mornings",
  "Letters from Abroad",
];

export interface Edition {
  readonly title: string;
  readonly language: string;
  readonly versionTitle: string;
}

/** What a walker that asks for the primary version is there to bring. */
export interface Expected {
  /** Versions that the service calls primary, without those under a copyright. */
  readonly primary: readonly Edition[];
  /** Places of these books with text in at least one of them. */
  readonly places: number;
}

interface ListedVersion {
  readonly language: string;
  readonly versionTitle: string;
  readonly license: string;
  readonly isPrimary: boolean;
}

/** Which versions are primary says the service, what they hold the library that the sandbox is made of. */
export async function expectedOf(sandbox: BenchSandbox): Promise<Expected> {
  const { books } = generateLibrary({ seed: "bench", books: SERVED, scale: SCALE });
  const primary: Edition[] = [];
  let places = 0;
  for (const title of MIXED) {
    const book = books.find((each) => each.title === title);
    if (book === undefined) throw new Error(`the generated library has no book ${title}`);
    const url = `${sandbox.url}/api/texts/versions/${encodeURIComponent(title)}`;
    const listed = (await (await fetch(url)).json()) as readonly ListedVersion[];
    const chosen = listed.filter((version) => version.isPrimary && !version.license.startsWith("Copyright"));
    const found = new Set<string>();
    for (const { meta, text } of book.load().versions) {
      const isChosen = chosen.some(
        ({ language, versionTitle }) => language === meta.language && versionTitle === meta.versionTitle,
      );
      if (isChosen) addPlaces(found, text, "");
    }
    places += found.size;
    primary.push(...chosen.map(({ language, versionTitle }) => ({ title, language, versionTitle })));
  }
  return { primary, places };
}

/** Addresses of all strings that are not blank. */
function addPlaces(found: Set<string>, text: unknown, at: string): void {
  if (typeof text === "string") {
    if (text.trim() !== "") found.add(at);
  } else if (typeof text === "object" && text !== null) {
    for (const [key, inner] of Object.entries(text)) addPlaces(found, inner, `${at}/${key}`);
  }
}
