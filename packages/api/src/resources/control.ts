import type { ControlCommand } from "@sofer/core";
import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";
import { noRun } from "../problem.ts";
import { MAX_WORDS, Problem } from "../schemas/common.ts";
import { Acknowledgement, ControlState } from "../schemas/runs.ts";

/** Titles or causes of one command. */
const MOST_NAMES = 500;

const names = () => t.Nullable(t.Array(t.String({ minLength: 1, maxLength: MAX_WORDS }), { maxItems: MOST_NAMES }));
const answers = {
  response: { 200: Acknowledgement, 400: Problem, 401: Problem, 403: Problem, 409: Problem, 503: Problem },
};

/** Steers the run. The token is asked for before any of this is reached (app.ts). */
export function control({ run, status }: ApiContext) {
  const tell = (command: ControlCommand) => (run === null ? noRun() : run.tell(command));
  return new Elysia({ tags: ["control"] })
    .get("/api/control", () => run?.live()?.control ?? status.control(), {
      response: { 200: ControlState },
      detail: { summary: "what the run was told, or what the next run on the library will begin with" },
    })
    .post("/api/control/pause", () => tell({ action: "pause" }), {
      ...answers,
      detail: { summary: "nothing more is sent until resume; what is on the wire is finished" },
    })
    .post("/api/control/resume", () => tell({ action: "resume" }), { ...answers, detail: { summary: "go on" } })
    .post("/api/control/rate", ({ body }) => tell({ action: "rate", ...body }), {
      ...answers,
      body: t.Object({
        ratePerSecond: t.Nullable(t.Number({ minimum: 0, maximum: 100_000 }), {
          description: "requests/s of all workers; 0: no pace; null: as the run's settings say",
        }),
      }),
      detail: { summary: "change the pace" },
    })
    .post("/api/control/workers", ({ body }) => tell({ action: "workers", ...body }), {
      ...answers,
      body: t.Object({
        maxWorkers: t.Nullable(t.Integer({ minimum: 1, maximum: 64 }), {
          description: "null: as the run's settings say",
        }),
      }),
      detail: { summary: "change the number of worker processes" },
    })
    .post(
      "/api/control/retry",
      ({ body }) => tell({ action: "retry", titles: body.titles ?? null, causes: body.causes ?? null }),
      {
        ...answers,
        body: t.Object({ titles: t.Optional(names()), causes: t.Optional(names()) }),
        detail: { summary: "try again what has failed, when the run is through with the rest; all of it by default" },
      },
    )
    .post("/api/control/stop", () => tell({ action: "stop" }), {
      ...answers,
      detail: { summary: "end the run: what is in flight is finished, progress is kept" },
    });
}
