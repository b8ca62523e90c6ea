import type { Live } from "../schemas/runs.ts";
import { Figures } from "./figures.tsx";
import { bytes, count, duration, percent } from "./format.ts";

/** The run at a glance: how far it is, when it will be there, and what it does or waits for. */
export function Overview({ live }: { readonly live: Live }) {
  const { books, segments, fraction } = live;
  const shown = fraction === null ? "…" : percent(fraction);
  return (
    <div class="card overview">
      <p class="over">
        Run {live.runId}
        {live.source === null ? "" : ` · by the ${live.source === "bucket" ? "export bucket" : "web service"}`}
      </p>
      <h2 id="run-title" data-figure="words">
        {capital(live.inWords)}
      </h2>
      <div class="progress">
        <strong data-figure="percent">{shown}</strong>
        <div
          class="bar"
          role="progressbar"
          aria-label="Part of the plan that is done"
          aria-valuemin={0}
          aria-valuemax={100}
          {...(fraction === null ? {} : { "aria-valuenow": Math.floor(fraction * 100) })}
        >
          <span style={{ width: `${(fraction ?? 0) * 100}%` }} />
        </div>
        <span class="eta" data-figure="eta">
          {etaOf(live)}
        </span>
      </div>
      <Figures
        of={[
          [
            "books",
            books.total === 0 ? "–" : `${count(books.done + books.held)} of ${count(books.total)}`,
            booksNote(live),
          ],
          ["segments", segments.total === 0 ? "–" : `${count(segments.done)} of ${count(segments.total)}`, ""],
          ["texts", count(live.texts), ""],
          ["chunks", count(live.chunks), ""],
          ["requests", count(live.requests), live.retries === 0 ? "" : `${count(live.retries)} sent again`],
          ["received", bytes(live.bytes), ""],
          ["failures", count(live.failures), ""],
        ]}
      />
    </div>
  );
}

function etaOf({ etaSeconds, isPaused, phase, fraction }: Live): string {
  if (phase === "ended") return "done";
  if (isPaused) return "paused";
  if (etaSeconds !== null) return `about ${duration(etaSeconds)} left`;
  return fraction === 1 ? "finishing" : "estimating";
}

function booksNote({ books }: Live): string {
  const parts = [
    ...(books.active > 0 ? [`${count(books.active)} under way`] : []),
    ...(books.failed > 0 ? [`${count(books.failed)} failed`] : []),
  ];
  return parts.join(", ");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
