import type { VerifyReport } from "@sofer/engine";
import { count, counted } from "./table.ts";

/** Differences one a line, then the sums. */
export function renderVerify(report: VerifyReport): string {
  const { slots, texts } = report;
  const sum = slots.stored + slots.blank + slots.uncovered + slots.excluded + slots.failed;
  return [
    ...report.lines.map(({ sign, ref, note }) => `${sign} ${ref}${note === "" ? "" : `  ${note}`}`),
    `segments  ${count(slots.expected)} expected ${sum === slots.expected ? "=" : "≠"} ${count(slots.stored)} stored + ${count(slots.blank)} blank + ${count(slots.uncovered)} uncovered + ${count(slots.excluded)} excluded + ${count(slots.failed)} failed`,
    `texts     ${count(texts.places)} places: ${count(texts.stored)} stored (${count(texts.irregular)} irregular), ${count(texts.blank)} blank, ${count(texts.notText)} not text, ${count(texts.excluded)} excluded`,
    `intact    ${count(report.intact)} texts have the hash they were stored with`,
    report.isWhole
      ? `whole: ${counted(report.books, "book")}`
      : `not whole: ${counted(report.lines.length, "difference")}`,
  ].join("\n");
}
