import type { PlanReport } from "@sofer/engine";
import { bytes, count, duration, table } from "./table.ts";

/** What a run on an empty library would do, before it does it. */
export function renderPlan(plan: PlanReport): string {
  const least = plan.isExact ? "" : "at least ";
  const { ratePerSecond } = plan;
  const time =
    ratePerSecond === 0 ? "no pace is kept" : `${least}${duration(plan.seconds)} at ${ratePerSecond} requests/s`;
  const unknown = "known only with --exact";
  const { slots, diskBytes } = plan;
  const lines = [
    `books     ${count(plan.bookCount)}, ${count(plan.heldBooks)} of them held already`,
    `requests  ${least}${count(plan.requests)} by the ${plan.source}, on an empty library`,
    `time      ${time}`,
    `segments  ${slots === null ? unknown : count(slots)}`,
    `size      ${plan.bytes === null ? unknown : `about ${bytes(plan.bytes)}`}`,
    `disk      ${diskBytes === null ? unknown : `about ${bytes(diskBytes)}`}`,
  ];
  if (plan.books.length > 0) {
    const rows = plan.books.map((book) => [book.title, book.leaves, book.slots, book.requests]);
    lines.push("", table(["book", "leaves", "segments", "requests"], rows));
  }
  if (plan.refused.length > 0) {
    lines.push("", "cannot be brought:", ...plan.refused.map(({ title, why }) => `  ${title}: ${why}`));
  }
  return lines.join("\n");
}
