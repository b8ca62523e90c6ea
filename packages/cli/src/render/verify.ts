import { versionId } from "@sofer/core";
import type { VerifyLine, VerifyReport } from "@sofer/engine";
import { printable } from "./printable.ts";
import { count, counted } from "./table.ts";

/** One difference: sign, place, version, what it is. */
export function renderLine({ sign, ref, title, version, note }: VerifyLine): string {
  const place = ref === "" ? title || "library" : ref;
  const edition = version === null ? "" : `  ${printable(versionId(version))}`;
  return `${sign} ${printable(place)}${edition}  ${printable(note)}`;
}

/** The sums that follow the differences. */
export function renderVerify(report: VerifyReport): string {
  const { slots, texts, signs } = report;
  const sum = slots.stored + slots.blank + slots.uncovered + slots.excluded + slots.failed;
  const found = (["-", "+", "*", "!"] as const).map((sign) => `${sign} ${count(signs[sign])}`).join("  ");
  return [
    `segments  ${count(slots.expected)} expected ${sum === slots.expected ? "=" : "≠"} ${count(slots.stored)} stored + ${count(slots.blank)} blank + ${count(slots.uncovered)} uncovered + ${count(slots.excluded)} excluded + ${count(slots.failed)} failed`,
    `texts     ${count(texts.places)} places: ${count(texts.stored)} stored (${count(texts.irregular)} irregular), ${count(texts.blank)} blank, ${count(texts.notText)} not text, ${count(texts.excluded)} excluded`,
    `intact    ${counted(report.intact, "text")} with the hash of their storing`,
    ...(report.differences === 0 ? [] : [`found     ${found}`]),
    report.isWhole
      ? `whole: ${counted(report.books, "book")}`
      : `not whole: ${counted(report.differences, "difference")}; sofer verify --report FILE and sofer repair --report FILE mend them`,
  ].join("\n");
}
