import type { PlanReport } from "@sofer/engine";
import { bytes, count, duration, table } from "./table.ts";

/** More books than this are not listed; --json has them all. */
const MAX_ROWS = 50;

/** What a run on an empty library would do, before it does it. */
export function renderPlan(plan: PlanReport): string {
  const least = plan.isExact ? "" : "at least ";
  const { ratePerSecond } = plan;
  const time =
    ratePerSecond === 0 ? "no pace is kept" : `${least}${duration(plan.seconds)} at ${ratePerSecond} requests/s`;
  const isBucket = plan.source === "bucket";
  const unknown = isBucket ? "the export has no counts" : "known only with --exact";
  const { slots, diskBytes, freeBytes, toBring } = plan;
  const lines = [
    `books     ${count(plan.bookCount)}, ${count(plan.heldBooks)} of them held already`,
    `requests  ${least}${count(plan.requests)} by the ${plan.source}, on an empty library`,
    `source    ${plan.source}: ${plan.why}`,
    `time      ${time}`,
    `segments  ${slots === null ? unknown : count(slots)}`,
    `size      ${plan.bytes === null ? unknown : `${isBucket ? "" : "about "}${bytes(plan.bytes)}`}`,
    `disk      ${diskBytes === null ? unknown : `about ${bytes(diskBytes)}`}${freeBytes === null ? "" : `, ${bytes(freeBytes)} free`}`,
  ];
  if (toBring !== null)
    lines.push(`to bring  ${count(toBring.objects)} objects, ${bytes(toBring.bytes)}, into the library as it is`);
  if (plan.books.length > 0 && plan.books.length <= MAX_ROWS) {
    const rows = plan.books.map((book) =>
      isBucket
        ? [book.title, book.requests, bytes(book.bytes ?? 0)]
        : [book.title, book.leaves ?? 0, book.slots ?? 0, book.requests],
    );
    lines.push("", table(isBucket ? ["book", "requests", "size"] : ["book", "leaves", "segments", "requests"], rows));
  }
  if (plan.refused.length > 0) {
    lines.push("", "cannot be brought:", ...plan.refused.map(({ title, why }) => `  ${title}: ${why}`));
  }
  return lines.join("\n");
}
