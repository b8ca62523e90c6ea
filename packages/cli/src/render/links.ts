import type { LoadedLinkFile } from "@sofer/engine";
import type { LinkAccount, LinkState } from "@sofer/store";
import { count, counted, duration, table } from "./table.ts";

const UNPLACED: Readonly<Record<Exclude<LinkState, "placed">, string>> = {
  beyond: "beyond the text",
  "unknown-book": "book not in the library",
  "unknown-place": "no such place in its book",
  branch: "a part with several texts",
  virtual: "a dictionary's entry",
};

/** One line for each file as it comes in, with its pace. */
export function renderLinkFile(file: LoadedLinkFile): string {
  if (file.isCurrent) return `${file.name}: these ${counted(file.read, "row")} are in the library already`;
  const seconds = file.ms / 1000;
  const removed = file.removed === 0 ? "" : `, ${counted(file.removed, "link")} it has no more removed`;
  return `${file.name}: ${counted(file.read, "row")} read, ${count(file.kept)} kept${removed} · ${duration(seconds)}, ${count(file.read / Math.max(seconds, 0.001))} rows/s`;
}

/** Every row that was read, and every link that is stored: the signs say whether the sums are right. */
export function renderLinkAccount(account: LinkAccount): string {
  const { read, stored, duplicate, invalid, unwanted, resolved, dangling, oneSided, beyond, sides } = account;
  const rowSign = stored + duplicate + invalid + unwanted === read ? "=" : "≠";
  const linkSign = resolved + dangling === stored ? "=" : "≠";
  const lines = [
    `links     ${count(read)} rows read ${rowSign} ${count(stored)} stored + ${count(duplicate)} duplicate + ${count(invalid)} invalid + ${count(unwanted)} not wanted`,
    `          ${count(stored)} stored ${linkSign} ${count(resolved)} resolved (${count(beyond)} of them to a place without text) + ${count(dangling)} dangling (${count(oneSided)} of them with one side here)`,
  ];
  const reasons = Object.entries(UNPLACED)
    .map(([state, words]) => [sides[state as LinkState], words] as const)
    .filter(([sum]) => sum > 0)
    .map(([sum, words]) => `${count(sum)} ${words}`);
  lines.push(`          sides: ${[`${count(sides.placed)} in text`, ...reasons].join(", ")}`);
  if (!account.isChecked) lines.push("          not yet compared with the texts; run the same again");
  const unfinished = account.sources.filter((source) => source.finishedAt === null).map((source) => source.name);
  if (unfinished.length > 0) lines.push(`          not read to the end: ${unfinished.join(", ")}; run the same again`);
  return lines.join("\n");
}

/** Types, the most used first. */
export function renderLinkTypes(account: LinkAccount): string {
  const rows = account.types.map((row) => [row.type === "" ? "(none stated)" : row.type, row.links, row.resolved]);
  return table(["type", "links", "resolved"], rows);
}
