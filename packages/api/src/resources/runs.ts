import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";
import { notFound } from "../problem.ts";
import { pageQuery, Problem } from "../schemas/common.ts";
import { LiveAnswer, RunDetail, RunPage, type Run } from "../schemas/runs.ts";

/** Runs of the library, newest first, and the one that is on. */
export function runs({ status, run, cache }: ApiContext) {
  const isLive = (id: number, endedAt: number | null): boolean => run?.runId === id && endedAt === null;
  return new Elysia({ tags: ["runs"] })
    .get(
      "/api/runs",
      ({ query: { limit, after } }) =>
        cache.get(`runs ${limit} ${after}`, () => {
          const rows = status.runs({ limit: limit + 1, ...(after === undefined ? {} : { after }) });
          const items: Run[] = rows.slice(0, limit).map((row) => ({ ...row, isLive: isLive(row.id, row.endedAt) }));
          return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
        }),
      {
        query: t.Object({ limit: pageQuery.limit, after: t.Optional(t.Integer({ minimum: 0 })) }),
        response: { 200: RunPage },
        detail: { summary: "runs, newest first" },
      },
    )
    .get(
      "/api/runs/:id",
      ({ params: { id } }) => {
        const row = cache.get(`run ${id}`, () => status.run(id));
        if (row === null) return notFound(`there was no run ${id}`);
        return {
          ...row,
          isLive: isLive(row.id, row.endedAt),
          settings: objectOf(row.settings),
          receipt: row.receipt === null ? null : objectOf(row.receipt),
        };
      },
      {
        params: t.Object({ id: t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) }),
        response: { 200: RunDetail, 404: Problem },
        detail: { summary: "one run, with its settings and what it left" },
      },
    )
    .get("/api/live", () => ({ run: run === null ? null : cache.get("live", () => run.live()) }), {
      response: { 200: LiveAnswer },
      detail: { summary: "the run that is on, at a glance" },
    });
}

function objectOf(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
