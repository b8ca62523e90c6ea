import type { ApiClient } from "@sofer/api/client";
import { bytes, count, duration } from "./table.ts";

export type LiveView = NonNullable<NonNullable<Awaited<ReturnType<ApiClient["api"]["live"]["get"]>>["data"]>["run"]>;

/** A run that is on, in a few lines. */
export function renderLive(live: LiveView): string {
  const { books, perSecond } = live;
  const percent = live.fraction === null ? "" : `${Math.floor(live.fraction * 100)}%, `;
  const left = live.etaSeconds === null ? "" : `, ${duration(live.etaSeconds)} left`;
  const allowed = perSecond.allowed === null ? "no pace" : `${round(perSecond.allowed)} allowed`;
  const failed = live.failures === 0 ? "no failures" : `${count(live.failures)} failures`;
  return [
    `run ${live.runId}    ${live.inWords}`,
    `progress ${percent}${count(books.done + books.held)} of ${count(books.total)} books, ${count(live.texts)} texts, ${failed}${left}`,
    `pace     ${round(perSecond.requests)} requests/s (${allowed}), ${bytes(perSecond.bytes)}/s, ${count(live.workers)} workers`,
  ].join("\n");
}

function round(rate: number): string {
  return String(Math.round(rate * 10) / 10);
}
