import { ExitCode } from "@sofer/core";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openFailures } from "../open-failures.ts";
import { openForReading } from "../open-library.ts";
import { Output } from "../render/output.ts";
import { renderFailures, renderStatus } from "../render/status.ts";

/** Runs shown; the others are in the library's `run` table. */
const SHOWN_RUNS = 5;

async function run({ settings, own }: CommandContext): Promise<ExitCode> {
  const library = await openForReading(settings);
  try {
    const output = new Output();
    const failures = library.failures();
    const open = openFailures(failures);
    const counts = library.counts();
    const runs = library.runs(SHOWN_RUNS);
    const links = library.linkSources().length === 0 ? null : library.linkAccount();
    if (own["failures"] === true) {
      if (settings.json) for (const failure of failures) output.json(failure);
      else output.line(renderFailures(failures));
    } else if (settings.json) {
      const shown = runs.map(({ id, startedAt, endedAt, outcome }) => ({ id, startedAt, endedAt, outcome }));
      output.json({ library: library.path, counts, links, runs: shown, failures: open.length });
    } else {
      output.line(
        renderStatus({
          path: library.path,
          counts,
          links,
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
  summary: "what the library holds, its last runs and its failures",
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
  examples: ["status", "status --failures --json"],
  exitCodes: [[ExitCode.whole, "nothing failed"], [ExitCode.failures, "there are open failures"], LIBRARY_CODE],
  run,
};
