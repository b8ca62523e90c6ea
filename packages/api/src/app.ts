import { openapi } from "@elysiajs/openapi";
import { Elysia } from "elysia";
import type { ApiContext } from "./context.ts";
import { refusalOf, type GuardOptions } from "./guard.ts";
import { problemOf } from "./problem.ts";
import { books } from "./resources/books.ts";
import { health } from "./resources/health.ts";
import { runs } from "./resources/runs.ts";
import { texts } from "./resources/texts.ts";
import { work } from "./resources/work.ts";

/** The status API: a plugin per resource, all of them readers of one context. */
export function createApp(context: ApiContext, guard: GuardOptions) {
  return new Elysia({ normalize: true })
    .onRequest(({ request, set }) => {
      // Nothing here is a page, and nothing is kept: what is shown is of this moment.
      set.headers["x-content-type-options"] = "nosniff";
      set.headers["cache-control"] = "no-store";
      const refused = refusalOf(request, guard);
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
    .use(health(context))
    .use(runs(context))
    .use(books(context))
    .use(work(context))
    .use(texts(context));
}

export type App = ReturnType<typeof createApp>;
