import { toPlainError } from "@sofer/core";
import { Elysia } from "elysia";
import type { ApiContext } from "../context.ts";
import { Health, LibraryCounts, Ready } from "../schemas/runs.ts";

/** Counting whole tables takes a while in a large library. */
const COUNTS_FRESH_MS = 5_000;

/** Is it there, and can it answer. */
export function health({ status, run, cache, instance }: ApiContext) {
  return new Elysia({ tags: ["health"] })
    .get("/health", () => ({ status: "ok" as const, instance, runId: run?.runId ?? null }), {
      response: { 200: Health },
      detail: { summary: "the process answers" },
    })
    .get(
      "/ready",
      ({ set }) => {
        try {
          status.version();
          return { isReady: true, why: "" };
        } catch (thrown) {
          set.status = 503;
          return { isReady: false, why: toPlainError(thrown).message };
        }
      },
      { response: { 200: Ready, 503: Ready }, detail: { summary: "the library can be read" } },
    )
    .get("/api/library", () => cache.get("library", () => status.counts(), COUNTS_FRESH_MS), {
      response: { 200: LibraryCounts },
      detail: { summary: "what the library holds, in numbers" },
    });
}
