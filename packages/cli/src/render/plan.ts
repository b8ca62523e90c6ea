import type { PlanReport } from "@sofer/engine";
import { bytes, count, duration, table } from "./table.ts";

/** Books that a plan lists; --json has all. */
const SHOWN_BOOKS = 30;

/** What a run would do, before it does it. */
export function renderPlan(plan: PlanReport): string {
  const least = plan.isExact ? "" : "at least ";
  const lines = [
    `books     ${count(plan.books.length)}, ${count(plan.heldBooks)} of them held already`,
    `segments  ${count(plan.slots)}`,
    `requests  ${least}${count(plan.requests)} by the ${plan.source}`,
    `size      ${least}${bytes(plan.bytes)} to fetch, about ${bytes(plan.diskBytes)} on disk`,
    `time      ${least}${duration(plan.seconds)} at ${plan.ratePerSecond === 0 ? "no pace" : `${plan.ratePerSecond} requests/s`}`,
  ];
  if (plan.books.length > 0) {
    const rows = plan.books.slice(0, SHOWN_BOOKS).map((book) => [book.title, book.slots ?? "?", book.requests]);
    lines.push("", table(["book", "segments", "requests"], rows));
  }
  if (plan.books.length > SHOWN_BOOKS) lines.push(`and ${count(plan.books.length - SHOWN_BOOKS)} more books`);
  return lines.join("\n");
}
