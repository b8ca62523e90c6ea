import type { ChunkLine, SinkRecord } from "@sofer/core";

const WORDS = [
  "בראשית",
  "ברא",
  "אלהים",
  "את",
  "השמים",
  "ואת",
  "הארץ",
  "light",
  "“quoted”",
  "A & B",
  "line\nbreak",
  "\\",
];

/** A record with everything a chunk may have: both scripts, quotes, several refs and links, absent fields. */
export function recordOf(
  number: number,
  options: { dimensions: number | null; revision?: number; padding?: number },
): SinkRecord {
  const revision = options.revision ?? 0;
  const id = hex(`record ${number}`);
  const words = Array.from({ length: 12 }, (_, at) => WORDS[(number * 7 + at * 5 + revision) % WORDS.length] ?? "");
  const text = `${words.join(" ")} ${number}.${revision}${"א".repeat(options.padding ?? 0)}`;
  const hebrew = number % 2 === 0;
  const chunk: ChunkLine = {
    id,
    profile: "vector",
    title: "Generated Book",
    heTitle: "ספר לדוגמה",
    categories: ["Generated", "Books"],
    language: hebrew ? "he" : "en",
    versionTitle: "A Version, with “quotes”",
    license: "CC-BY",
    versionSource: hebrew ? null : "https://example.org/a?b=c&d=é",
    ref: `Generated Book ${number}:1-3`,
    heRef: hebrew ? `ספר לדוגמה ${number}` : null,
    refs: [1, 2, 3].map((verse) => `Generated Book ${number}:${verse}`),
    spans: [1, 2, 3].map((verse) => ({ ref: `Generated Book ${number}:${verse}`, start: 0, end: 10 })),
    links: [{ ref: "Rashi on Generated Book 1:1:1", type: "commentary" }],
    text,
    searchText: text.toLowerCase(),
    tokens: 12,
    url: `https://www.sefaria.org/Generated_Book.${number}`,
  };
  const { dimensions } = options;
  const vector =
    dimensions === null
      ? null
      : {
          key: hex(`vector ${number} ${revision} ${dimensions}`),
          values: directionOf(number + revision * 1000, dimensions),
        };
  return { id, contentHash: hex(`content ${number} ${revision} ${dimensions}`), chunk, vector };
}

/** Points somewhere else for each seed; with small, odd and negative numbers. */
function directionOf(seed: number, dimensions: number): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, at) => Math.sin((seed + 1) * (at + 1) * 1.7) / (at + 1));
}

function hex(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}
