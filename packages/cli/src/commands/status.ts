import { ExitCode } from "@sofer/core";
import { LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { connectApi, dataOf, type ConnectedApi } from "../connect-api.ts";
import { chosenFailures, openFailures } from "../open-failures.ts";
import { openForReading } from "../open-library.ts";
import { renderLive } from "../render/live.ts";
import { Output } from "../render/output.ts";
import { byCause, renderFailures } from "../render/failures.ts";
import { renderStatus } from "../render/status.ts";

/** Runs shown; the others are in the library's `run` table. */
const SHOWN_RUNS = 5;

/** Failures of one answer of the API; it says how many there are. */
const SHOWN_FAILURES = 500;

/** Everything through the API: the library may be on another machine. */
async function statusByApi({ url, client }: ConnectedApi, { settings, own }: CommandContext): Promise<ExitCode> {
  const { api } = client;
  const output = new Output();
  const failures = dataOf(url, await api.failures.get({ query: { limit: SHOWN_FAILURES } }));
  const open = failures.total - (failures.byCode["virtual-node"] ?? 0);
  if (own["failures"] === true) {
    if (settings.json) for (const failure of failures.items) output.json(failure);
    else output.line(renderFailures(failures.items));
  } else {
    const [library, sinks, runs, live] = [
      dataOf(url, await api.library.get()),
      dataOf(url, await api.sinks.get()).items,
      dataOf(url, await api.runs.get({ query: { limit: SHOWN_RUNS } })),
      dataOf(url, await api.live.get()).run,
    ];
    if (settings.json) {
      output.json({ library: url, counts: library, sinks, live, runs: runs.items, failures: open });
    } else {
      if (live !== null) output.line(`${renderLive(live)}\n`);
      const shown = failures.items.filter(({ code }) => code !== "virtual-node");
      const refused = failures.total - open;
      output.line(
        renderStatus({
          path: url,
          counts: library,
          links: null,
          sinks,
          runs: runs.items,
          failures: shown,
          refused,
        }),
      );
    }
  }
  output.flush();
  return open === 0 ? ExitCode.whole : ExitCode.failures;
}

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, own } = context;
  const api = await connectApi(settings);
  if (api !== null && settings.url !== null) return statusByApi(api, context);
  const library = await openForReading(settings);
  try {
    const output = new Output();
    const live = api === null ? null : dataOf(api.url, await api.client.api.live.get()).run;
    const failures = chosenFailures(library.failures(), settings, library);
    const open = openFailures(failures);
    const counts = library.counts();
    const runs = library.runs(SHOWN_RUNS);
    const sinks = library.sinks();
    const links = library.linkSources().length === 0 ? null : library.linkAccount();
    if (own["failures"] === true) {
      if (settings.json) for (const failure of failures) output.json(failure);
      else output.line(renderFailures(failures));
    } else if (settings.json) {
      const shown = runs.map(({ id, startedAt, endedAt, outcome }) => ({ id, startedAt, endedAt, outcome }));
      const of = live === null ? {} : { live };
      const held = sinks.map(({ name, chunks }) => ({ name, chunks }));
      const failed = { failures: open.length, causes: byCause(open) };
      output.json({ library: library.path, counts, sinks: held, links, ...of, runs: shown, ...failed });
    } else {
      if (live !== null) output.line(`${renderLive(live)}\n`);
      output.line(
        renderStatus({
          path: library.path,
          counts,
          links,
          sinks,
          runs,
          failures: open,
          refused: failures.length - open.length,
        }),
      );
    }
    output.flush();
    return open.length === 0 ? ExitCode.whole : ExitCode.failures;
  } finally {
    library.close();
  }
}

export const status: Command = {
  name: "status",
  summary: "what the library holds, its last runs, its failures, and how the run on it goes",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "failures",
      kind: "boolean",
      unit: "",
      default: false,
      meaning: "Show every open failure with its cause and the way out.",
    },
  ],
  examples: [
    "status",
    "status --failures --cause timeout",
    "status --failures --json",
    "status --url http://127.0.0.1:8614",
  ],
  exitCodes: [
    [ExitCode.whole, "nothing failed"],
    [ExitCode.failures, "there are open failures"],
    SOURCE_CODE,
    LIBRARY_CODE,
  ],
  run,
};
