import { isPublisherHost, SoferError, type Settings } from "@sofer/core";
import type { Wish } from "./planner.ts";
import { hostOf } from "./hosts.ts";

/** More than this many requests to the publisher's web service is a bulk load (design 2.6). */
export const POLITE_REQUESTS = 24;

/** M: 112.6 MB of JSON hold 309,782 segment texts in 253 real books. */
const BYTES_PER_TEXT = 363;
/** M: the same books have 609 versions over 253 books, with 1.5 stored texts per slot under `all`, 1.1 under `best`. */
const TEXTS_PER_SLOT = { all: 1.5, best: 1.1, exact: 1 } as const;

export function estimateBytes(slots: number, wish: Wish): number {
  return Math.round(slots * BYTES_PER_TEXT * TEXTS_PER_SLOT[wish.selection.policy.kind]);
}

/** @throws SoferError `over-budget` with the plan's numbers. */
export function checkBudget(settings: Settings, plan: { readonly requests: number; readonly bytes: number }): void {
  if (settings.maxRequests !== null && plan.requests > settings.maxRequests) {
    throw new SoferError(
      "over-budget",
      `the plan needs ${plan.requests} requests, --max-requests allows ${settings.maxRequests}`,
      {
        hint: "ask for fewer titles, or raise it",
      },
    );
  }
  if (settings.maxBytes !== null && plan.bytes > settings.maxBytes) {
    throw new SoferError(
      "over-budget",
      `the plan needs about ${plan.bytes} bytes, --max-bytes allows ${settings.maxBytes}`,
      {
        hint: "ask for fewer titles, or raise it",
      },
    );
  }
}

/** The publisher asks not to be walked for bulk copies. @throws SoferError `over-budget` */
export function checkPoliteness(settings: Settings, requests: number): void {
  if (settings.source === "service" || requests <= POLITE_REQUESTS || !isPublisherHost(hostOf(settings.baseUrl)))
    return;
  throw new SoferError(
    "over-budget",
    `this needs at least ${requests} requests to the publisher's web service, which asks for no more than ${POLITE_REQUESTS}`,
    {
      hint: "ask for fewer titles, or say --source service if you have agreed it with them",
    },
  );
}
