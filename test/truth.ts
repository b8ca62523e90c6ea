import { readFileSync } from "node:fs";

/** What one version of one book should hold: number of non-blank segments and sha256 of their sorted lines. */
export interface TruthRow {
  readonly segments: number;
  readonly sha256: string;
}

const key = (title: string, language: string, versionTitle: string) => `${title}\t${language}\t${versionTitle}`;

/** The corpus's own truth.tsv, made by other code than ours. */
export function readTruth(path: string): Map<string, TruthRow> {
  const rows = new Map<string, TruthRow>();
  for (const line of readFileSync(path, "utf8").split("\n").slice(1)) {
    const [title, language, versionTitle, segments, sha256] = line.split("\t");
    if (title === undefined || language === undefined || versionTitle === undefined || sha256 === undefined) continue;
    rows.set(key(title, language, versionTitle), { segments: Number(segments), sha256 });
  }
  return rows;
}

interface DumpLine {
  readonly title: string;
  readonly language: string;
  readonly versionTitle: string;
  readonly ref: string;
  readonly heRef: string | null;
  readonly text: string;
}

const escape = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");

/** The same figures out of `dump segments`, by the rule that truth.tsv states; nothing of ours but the dump is used. */
export async function truthOfDump(dump: ReadableStream<Uint8Array>): Promise<Map<string, TruthRow>> {
  const lines = new Map<string, Buffer[]>();
  for await (const line of linesOf(dump)) {
    const row = JSON.parse(line) as DumpLine;
    const of = key(row.title, row.language, row.versionTitle);
    const bytes = Buffer.from(`${row.ref}\t${row.heRef ?? ""}\t${escape(row.text)}\n`);
    const known = lines.get(of);
    if (known === undefined) lines.set(of, [bytes]);
    else known.push(bytes);
  }
  const rows = new Map<string, TruthRow>();
  for (const [of, all] of lines) {
    const sha256 = new Bun.CryptoHasher("sha256")
      .update(Buffer.concat(all.toSorted((a, b) => Buffer.compare(a, b))))
      .digest("hex");
    rows.set(of, { segments: all.length, sha256 });
  }
  return rows;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
