import type { FailureRow } from "@sofer/store";
import { printable } from "./printable.ts";
import { count, counted, moment } from "./table.ts";

/** Books that a cause names. */
const SHOWN_BOOKS = 5;

/** A place that is a ref names its book already. */
export function failedPlace({ title, place }: Pick<FailureRow, "title" | "place">): string {
  return printable(
    place === title || place.startsWith(`${title} `) || place.startsWith(`${title}, `)
      ? place
      : `${title} ${place}`.trim(),
  );
}

/** Where and what, without saying the place twice: many a message begins with it. @param what its code, or "failed" */
export function failureLine(place: string, what: string, message: string): string {
  const said = printable(message);
  const again = [place, `"${place}"`].find((name) => said.startsWith(`${name} `));
  return `${place}: ${what}: ${again === undefined ? said : said.slice(again.length + 1)}`;
}

export interface Cause {
  readonly code: string;
  readonly failures: number;
  /** Each once. */
  readonly titles: readonly string[];
  /** What to do about it; the words that most of its failures have. */
  readonly wayOut: string;
}

/** The most frequent first. */
export function byCause(rows: readonly FailureRow[]): Cause[] {
  return [...Map.groupBy(rows, (row) => row.code)]
    .map(([code, members]) => ({
      code,
      failures: members.length,
      titles: [...new Set(members.map((row) => row.title))],
      wayOut: mostFrequent(members.map((row) => row.hint)),
    }))
    .toSorted((a, b) => b.failures - a.failures || (a.code < b.code ? -1 : 1));
}

function mostFrequent(words: readonly string[]): string {
  const groups = [...Map.groupBy(words, (word) => word)].toSorted(([, a], [, b]) => b.length - a.length);
  return groups[0]?.[0] ?? "";
}

/** A line for each cause: how many, what, where, and what to do. */
export function renderCauses(rows: readonly FailureRow[]): string[] {
  return byCause(rows).flatMap(({ code, failures, titles, wayOut }) => {
    const shown = titles.slice(0, SHOWN_BOOKS).map(printable).join(", ");
    const more = titles.length > SHOWN_BOOKS ? ` and ${count(titles.length - SHOWN_BOOKS)} more` : "";
    const line = `  ${count(failures)} × ${code}: ${shown}${more}`;
    return wayOut === "" ? [line] : [line, `      ${printable(wayOut)}`];
  });
}

/** Every failure by itself, below the sums: where, what, why, where it was asked, how often and when, and the way out. */
export function renderFailures(rows: readonly FailureRow[]): string {
  if (rows.length === 0) return "no failures";
  const each = rows.map((row) => {
    const lines = [failedPlace(row), `  ${row.code}: ${printable(row.message)}`];
    for (const cause of row.causes) lines.push(`  because ${printable(cause.split("\n")[0] ?? "")}`);
    if (row.hint !== "") lines.push(`  what to do: ${printable(row.hint)}`);
    if (row.url !== null) lines.push(`  ${printable(row.url)}`);
    const times =
      row.attempts === 1
        ? `once, ${moment(row.lastAt)}`
        : `in ${counted(row.attempts, "run")}, first ${moment(row.firstAt)}, last ${moment(row.lastAt)}`;
    lines.push(`  failed ${times}`);
    return lines.join("\n");
  });
  const sums = [
    `${counted(rows.length, "failure")}, by cause:`,
    ...renderCauses(rows),
    `  sofer retry tries all again, sofer retry --cause ${rows[0]?.code ?? ""} those of one cause`,
  ];
  return [sums.join("\n"), ...each].join("\n\n");
}
