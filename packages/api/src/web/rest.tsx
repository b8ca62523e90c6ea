import { client, held } from "./ask.ts";
import { count, counted, duration, moment } from "./format.ts";
import { Figures } from "./figures.tsx";
import type { Watched } from "./live.ts";
import { usePolled } from "./poll.ts";

const OUTCOMES = {
  whole: "ended, done and whole",
  failures: "ended, with failures",
  interrupted: "was interrupted",
  stopped: "was stopped",
} as const;

/** A library without a run: what it holds, and how the last run ended. */
export function Rest({ link }: { readonly link: Watched["link"] }) {
  const { value, problem } = usePolled(
    `rest ${link}`,
    async () => {
      const [counts, runs] = await Promise.all([
        client.api.library.get(),
        client.api.runs.get({ query: { limit: 1 } }),
      ]);
      return { counts: held(counts), last: held(runs).items[0] ?? null };
    },
    null,
  );
  if (value === null) {
    return (
      <div class="card overview">
        <h2 id="run-title">{problem ?? "Looking at the library …"}</h2>
      </div>
    );
  }
  const { counts, last } = value;
  return (
    <div class="card overview">
      <p class="over">Library at rest</p>
      <h2 id="run-title">
        {counts.books === 0 ? "The library is empty" : `${counted(counts.books, "book")} are here`}
      </h2>
      {last === null ? null : (
        <p class="under">
          The last run {last.outcome === null ? "has not said its end" : OUTCOMES[last.outcome]}
          {last.endedAt === null
            ? ""
            : `, ${moment(last.endedAt)}, after ${duration((last.endedAt - last.startedAt) / 1000)}`}
          .
        </p>
      )}
      <Figures
        of={[
          ["books", count(counts.books), ""],
          ["versions", count(counts.versions), ""],
          ["segments", count(counts.segments), ""],
          ["texts", count(counts.texts), `${count(counts.indexed)} in the index`],
          ["chunks", count(counts.chunks), ""],
          ["links", count(counts.links), ""],
          ["failures", count(counts.failures), ""],
        ]}
      />
    </div>
  );
}
