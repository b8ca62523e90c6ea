import { openapi } from "@elysiajs/openapi";
import { Elysia } from "elysia";
import type { ApiContext } from "./context.ts";
import { controlRefusal, refusalOf, type GuardOptions } from "./guard.ts";
import { problemOf } from "./problem.ts";
import { books } from "./resources/books.ts";
import { control } from "./resources/control.ts";
import { events } from "./resources/events.ts";
import { health } from "./resources/health.ts";
import { live } from "./resources/live.ts";
import { metrics } from "./resources/metrics.ts";
import { page } from "./resources/page.ts";
import { runs } from "./resources/runs.ts";
import { texts } from "./resources/texts.ts";
import { work } from "./resources/work.ts";

/** The status API: a plugin per resource, all of them readers of one context. */
export function createApp(context: ApiContext, guard: GuardOptions) {
  return new Elysia({ normalize: true })
    .onRequest(({ request, set }) => {
      // Nothing is kept: what is shown is of this moment. The page's own files say otherwise.
      set.headers["x-content-type-options"] = "nosniff";
      set.headers["cache-control"] = "no-store";
      // No page of another site shows it in a frame, and none that is gone to from here is told where somebody came from.
      set.headers["x-frame-options"] = "DENY";
      set.headers["referrer-policy"] = "no-referrer";
      const isReading = request.method === "GET" || request.method === "HEAD";
      // Before the body is read or looked at: whoever may not steer learns nothing of how it is done.
      const refused = refusalOf(request, guard) ?? (isReading ? null : controlRefusal(request, guard));
      if (refused === null) return;
      set.status = refused.status;
      return refused.problem;
    })
    .onError(({ code, error, set }) => {
      const found = problemOf(code, error);
      if (found === null) {
        console.error(`status API: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        set.status = 500;
        return { code: "internal", message: "the API failed; its message is on stderr", hint: "" };
      }
      set.status = found.status;
      return found.problem;
    })
    .use(
      openapi({
        // Its pages would load scripts from a CDN: only the JSON is served.
        provider: null,
        specPath: "/openapi.json",
        documentation: { info: { title: "sofer status API", version: "1" } },
      }),
    )
    .use(page())
    .use(health(context))
    .use(runs(context))
    .use(books(context))
    .use(work(context))
    .use(texts(context))
    .use(live(context))
    .use(events(context))
    .use(metrics(context))
    .use(control(context));
}

export type App = ReturnType<typeof createApp>;
