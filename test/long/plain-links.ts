import { readFileSync } from "node:fs";
import type { SandboxBook } from "@sofer/sandbox";

/** What a library of these books should say of a links file, by the file's own columns: none of our reading of refs. */
interface PlainAccount {
  readonly read: number;
  readonly invalid: number;
  readonly unwanted: number;
  readonly stored: number;
  readonly duplicate: number;
  /** Stored links by type. */
  readonly types: Readonly<Record<string, number>>;
  /** Sides of stored links that name no book of the library. */
  readonly unknownBooks: number;
  /** Links that are stored, both refs under the books' own titles. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** Fields of a line of which no field holds a line break; doubled quotes are the file's. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    (match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? "",
  );
}

/** @param path a gzipped links file: Citation 1, Citation 2, type, Text 1, Text 2 (the books' titles), categories. */
export function accountOf(path: string, books: readonly SandboxBook[]): PlainAccount {
  const titles = new Map<string, string>();
  for (const book of books) {
    const variants = (book.load().record["titleVariants"] ?? []) as readonly string[];
    for (const name of variants) titles.set(name.toLowerCase(), book.title);
  }
  for (const { title } of books) titles.set(title.toLowerCase(), title);

  const text = new TextDecoder().decode(Bun.gunzipSync(readFileSync(path)));
  const rows = text.trimEnd().split(/\r?\n/).slice(1).map(fieldsOf);
  const valid = rows.filter((row) => row.length === 7 && row[0]?.trim() !== "" && row[1]?.trim() !== "");
  const stored = new Map<
    string,
    { readonly type: string; readonly refs: readonly [string, string]; readonly unknown: number }
  >();
  let wanted = 0;
  for (const [one = "", two = "", type = "", oneTitle = "", twoTitle = ""] of valid) {
    const known = [titles.get(oneTitle.toLowerCase()), titles.get(twoTitle.toLowerCase())];
    const unknown = known.filter((title) => title === undefined).length;
    if (unknown === 2) continue;
    wanted++;
    const refs = [
      (known[0] ?? oneTitle) + one.slice(oneTitle.length),
      (known[1] ?? twoTitle) + two.slice(twoTitle.length),
    ] as const;
    stored.set([...refs.toSorted(), type].join("\t"), { type, refs, unknown });
  }
  const links = [...stored.values()];
  return {
    read: rows.length,
    invalid: rows.length - valid.length,
    unwanted: valid.length - wanted,
    stored: links.length,
    duplicate: wanted - links.length,
    types: Object.fromEntries(
      [...Map.groupBy(links, (link) => link.type)].map(([type, members]) => [type, members.length]),
    ),
    unknownBooks: links.reduce((sum, { unknown }) => sum + unknown, 0),
    pairs: links.map(({ refs }) => refs),
  };
}
