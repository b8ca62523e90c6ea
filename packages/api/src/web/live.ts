import { useEffect, useState } from "preact/hooks";
import type { Live } from "../schemas/runs.ts";
import { client, held } from "./ask.ts";

/** What the plots show: a second each, so a quarter of an hour. */
const MOST_SAMPLES = 900;

export interface Sample {
  /** Seconds since the run began. */
  readonly at: number;
  readonly requests: number;
  readonly allowed: number | null;
  readonly texts: number;
  readonly memory: number | null;
}

export interface Watched {
  /** null: no run belongs to this API, or nothing is known yet. */
  readonly live: Live | null;
  readonly samples: readonly Sample[];
  /** `rest`: a library without a run; `lost`: the API does not answer, and is asked again. */
  readonly link: "connecting" | "live" | "rest" | "lost";
}

const NOTHING: Watched = { live: null, samples: [], link: "connecting" };

/** The run as the API tells it, once a second, for as long as the page is open. */
export function useLive(): Watched {
  const [watched, setWatched] = useState(NOTHING);
  useEffect(() => {
    let stream: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const see = (live: Live) => setWatched((before) => seen(before, live));
    const begin = async () => {
      try {
        const { run } = held(await client.api.live.get());
        if (isOver) return;
        if (run === null) return setWatched({ ...NOTHING, link: "rest" });
        see(run);
      } catch {
        // Told by the page; it may come back, as after a run that was started again on the same port.
        setWatched((before) => ({ ...before, link: "lost" }));
        timer = setTimeout(() => void begin(), RETRY_MS);
        return;
      }
      stream = new EventSource("/api/events");
      stream.addEventListener("live", ({ data }: MessageEvent<string>) => see(JSON.parse(data) as Live));
      stream.addEventListener("error", () => {
        stream?.close();
        if (isOver) return;
        setWatched((before) => ({ ...before, link: "lost" }));
        timer = setTimeout(() => void begin(), RETRY_MS);
      });
    };
    void begin();
    return () => {
      isOver = true;
      clearTimeout(timer);
      stream?.close();
    };
  }, []);
  return watched;
}

const RETRY_MS = 2_000;

function seen(before: Watched, live: Live): Watched {
  const isSame = before.live?.runId === live.runId && before.live.startedAt === live.startedAt;
  const sample: Sample = {
    at: (Date.now() - live.startedAt) / 1000,
    requests: live.perSecond.requests,
    allowed: live.perSecond.allowed,
    texts: live.perSecond.texts,
    memory: live.memoryBytes,
  };
  const kept = isSame ? before.samples.slice(-(MOST_SAMPLES - 1)) : [];
  return { live, link: "live", samples: [...kept, sample] };
}
