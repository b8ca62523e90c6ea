import { contentsAnswer } from "../answers/contents.ts";
import type { SandboxLibrary } from "../library.ts";
import type { FileSpec } from "./book-files.ts";

/** As published, with its misspelling. */
export const LINKS_HEADER = "Citation 1,Citation 2,Conection Type,Text 1,Text 2,Category 1,Category 2";

/** How the names of these files begin. */
export const FIXED = ["links/", "table_of_contents.json", "last_export.txt"] as const;

/** Files of the export that belong to no book. */
export function fixedFiles(library: SandboxLibrary, lines: readonly string[], linesPerFile: number): FileSpec[] {
  const files: FileSpec[] = [
    { name: "table_of_contents.json", kind: "contents", make: () => contentsAnswer(library).body },
    { name: "last_export.txt", kind: "other", make: () => "2026-11-01T03:00:00.000000" },
    { name: "links/links_by_book.csv", kind: "other", make: () => linksByBook(lines) },
  ];
  for (let at = 0; at < lines.length; at += linesPerFile) {
    const part = lines.slice(at, at + linesPerFile);
    const make = () => `${[LINKS_HEADER, ...part].join("\r\n")}\r\n`;
    files.push({ name: `links/links${at / linesPerFile}.csv`, kind: "links", make });
  }
  return files;
}

function linksByBook(lines: readonly string[]): string {
  const counts = new LinkCounts();
  for (const line of lines) counts.add(line);
  return counts.csv();
}

/** How many links there are between two books; by the titles that the lines themselves state. */
export class LinkCounts {
  readonly #counts = new Map<string, number>();

  add(line: string): void {
    const [, , , one = "", two = ""] = splitLine(line);
    const pair = csvLine([one, two]);
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + 1);
  }

  csv(): string {
    const rows = [...this.#counts].map(([pair, count]) => `${pair},${count}`);
    return `${["Text 1,Text 2,Link Count", ...rows].join("\r\n")}\r\n`;
  }
}

export function csvLine(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}

/** Fields of a line as `csvLine` writes it. */
export function splitLine(line: string): string[] {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g);
  return [...fields].map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain);
}
