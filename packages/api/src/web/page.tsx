import { useEffect, useState } from "preact/hooks";
import type { FailurePage } from "../schemas/work.ts";
import { client, held } from "./ask.ts";
import { Controls } from "./controls.tsx";
import { Failures } from "./failures.tsx";
import { count, percent } from "./format.ts";
import { Hosts } from "./hosts.tsx";
import { LibraryGrid } from "./library.tsx";
import { useLive, type Watched } from "./live.ts";
import { Overview } from "./overview.tsx";
import { Plots } from "./plots.tsx";
import { usePolled } from "./poll.ts";
import { Rest } from "./rest.tsx";
import { Search } from "./search.tsx";
import { useSteering } from "./steering.ts";

/** Failures change seldom, and are looked at by people. */
const FAILURES_MS = 2_000;
const MOST_FAILURES = 200;

export type Failed = typeof FailurePage.static;

export function Page() {
  const watched = useLive();
  const { live, link } = watched;
  const isOn = link === "live";
  const steering = useSteering();
  const failures = usePolled(
    "failures",
    async (): Promise<Failed> => held(await client.api.failures.get({ query: { limit: MOST_FAILURES } })),
    isOn ? FAILURES_MS : null,
  );
  const fraction = live?.fraction ?? null;
  useEffect(() => {
    document.title = fraction === null ? "sofer" : `${percent(fraction)} · sofer`;
  }, [fraction]);
  const total = failures.value?.total ?? 0;
  return (
    <>
      <a class="skip" href="#library">
        Skip to the library
      </a>
      <header>
        <h1>
          sofer <bdi lang="he">סופר</bdi>
        </h1>
        <nav aria-label="Parts of the page">
          <a href="#run">Run</a>
          <a href="#library">Library</a>
          <a href="#failures">Failures{total > 0 ? ` (${count(total)})` : ""}</a>
          <a href="#search">Search</a>
        </nav>
        <Link watched={watched} />
      </header>
      <main>
        <section id="run" aria-labelledby="run-title">
          {live === null ? <Rest link={link} /> : <Overview live={live} />}
          {live === null ? null : (
            <>
              <Plots samples={watched.samples} />
              <div class="columns">
                <Hosts isOn={isOn} workers={live.workers} />
                <Controls live={live} isOn={isOn} steering={steering} />
              </div>
            </>
          )}
        </section>
        <LibraryGrid isOn={isOn} />
        <Failures failures={failures} canRetry={isOn} steering={steering} />
        <Search isOn={isOn} />
      </main>
      <footer>Figures are this machine's own: nothing is loaded from elsewhere, and nothing is sent there.</footer>
      <Said watched={watched} failures={total} />
    </>
  );
}

const LINKS: Readonly<Record<Watched["link"], string>> = {
  connecting: "connecting",
  live: "live",
  rest: "at rest",
  lost: "no answer",
};

function Link({ watched: { link } }: { readonly watched: Watched }) {
  return (
    <p class={`link ${link}`} title={link === "lost" ? "the API does not answer; it is asked again" : ""}>
      <span class="dot" aria-hidden="true" /> {LINKS[link]}
    </p>
  );
}

/** What changes seldom and matters is told to those who do not see the page; figures are not, they would never end. */
function Said({ watched: { live, link }, failures }: { readonly watched: Watched; readonly failures: number }) {
  const [said, setSaid] = useState("");
  const phase = live === null ? "" : live.isPaused ? "paused" : live.phase;
  useEffect(() => {
    const run = phase === "" ? "" : `The run is ${phase}. `;
    const failed = failures === 0 ? "" : `${count(failures)} failures. `;
    setSaid(`${run}${failed}${link === "lost" ? "The API does not answer." : ""}`);
  }, [phase, failures, link]);
  return (
    <p class="unseen" role="status">
      {said}
    </p>
  );
}
