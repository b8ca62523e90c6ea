import { API_TOKEN, type Control, type RunEvent, type Settings, type StampedListener } from "@sofer/core";

/** What a run's API needs of the outside, before the run begins and while it is on. */
export interface RunApi {
  /** Told of every event, from the first on. */
  readonly listen: StampedListener;
  /** Where it can be asked from now on, as the library keeps it. */
  begin(control: Control, runId: number): Promise<string>;
  end(): Promise<void>;
}

/**
 * The status API of a run, in a process of its own; null where none was asked for.
 * @throws SoferError `usage` for an address that needs a token and has none
 */
export async function openRunApi(settings: Settings, say: (line: string) => void): Promise<RunApi | null> {
  const { api: port, apiHost: hostname, library: libraryPath } = settings;
  if (port === null) return null;
  const [{ Feed, startApiProcess }, { tokenFor }] = await Promise.all([
    import("@sofer/api/process"),
    import("@sofer/api/token"),
  ]);
  const given = process.env[API_TOKEN];
  const token = tokenFor(hostname, given);
  const feed = new Feed();
  let served: Awaited<ReturnType<typeof startApiProcess>> | undefined;
  return {
    listen: feed.listen,
    async begin(control, runId) {
      const onLost = (why: string) => say(`the status API was lost (${why}); the run goes on without it`);
      served = await startApiProcess({ control, feed, onLost, libraryPath, hostname, port, token, runId });
      say(`status API at ${served.url}`);
      // Once, and only to whoever started the run: it is in no file.
      if (given === undefined || given === "") say(`its token, for ${API_TOKEN}: ${token}`);
      return `${served.instance} ${served.url}`;
    },
    async end() {
      await served?.end();
    },
  };
}

/** What somebody has told the run from outside, as a line; null for every other event. */
export function steeringLine(event: RunEvent): string | null {
  switch (event.type) {
    case "run-paused":
      return event.isKept
        ? "paused, as an earlier run was left: `sofer resume` goes on"
        : "paused: nothing more is sent until it is resumed";
    case "run-resumed":
      return "resumed";
    case "pace-set":
      return event.ratePerSecond === null
        ? "pace: as the settings say"
        : `pace: ${event.ratePerSecond} requests/s${kept(event.isKept)}`;
    case "workers-set":
      return event.maxWorkers === null
        ? "workers: as the settings say"
        : `workers: at most ${event.maxWorkers}${kept(event.isKept)}`;
    case "retry-asked":
      return `to be tried again: ${event.titles.join(", ")}`;
    case "retry-started":
      return `trying again: ${event.titles.join(", ")}`;
    case "retry-refused":
      return `not tried again: ${event.titles.join(", ")}: ${event.why}`;
    default:
      return null;
  }
}

function kept(isKept: boolean): string {
  return isKept ? ", as an earlier run was told (`sofer rate default`, `sofer workers default` take it back)" : "";
}
