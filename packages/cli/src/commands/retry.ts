import { ExitCode, resolveSettings, SETTINGS, SoferError, type Settings } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { openFailures } from "../open-failures.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { ingestWith } from "../run-ingest.ts";

/** Settings of a run that say how it was watched, or what this run decides anew. */
const NOT_REPEATED = new Set([
  "library",
  "config",
  "json",
  "quiet",
  "verbose",
  "titles",
  "demo",
  "resume",
  "overwrite",
]);

/** A run's settings as a config file would hold them, so that today's flags and environment go before them. */
export function repeatable(savedSettings: string): Record<string, unknown> {
  const saved: unknown = JSON.parse(savedSettings);
  if (typeof saved !== "object" || saved === null) return {};
  const values = saved as Record<string, unknown>;
  const repeated = SETTINGS.flatMap((entry): [string, unknown][] => {
    const value = values[entry.key];
    const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    return isEmpty || NOT_REPEATED.has(entry.key) ? [] : [[entry.flag, value]];
  });
  return Object.fromEntries(repeated);
}

interface Work {
  readonly titles: readonly string[];
  /** The last run's settings, or null when there was none. */
  readonly lastSettings: string | null;
}

async function findWork({ settings, own }: CommandContext): Promise<Work> {
  const library = await openForReading(settings);
  try {
    const wanted = titlesInLibrary(library, settings.titles);
    const causes = Array.isArray(own["cause"]) ? (own["cause"] as readonly string[]) : null;
    const failures = causes === null ? openFailures(library.failures()) : library.failures();
    const known = [...new Set(failures.map((failure) => failure.code))];
    const strange = causes?.find((cause) => !known.includes(cause));
    if (strange !== undefined && known.length > 0) {
      throw new SoferError("usage", `nothing failed because of "${strange}"`, { hint: `there is ${known.join(", ")}` });
    }
    const chosen = failures.filter(
      (failure) =>
        (causes === null || causes.includes(failure.code)) && (wanted === undefined || wanted.includes(failure.title)),
    );
    const lastSettings = library.runs(1)[0]?.settings ?? null;
    return { titles: [...new Set(chosen.map((failure) => failure.title))], lastSettings };
  } finally {
    library.close();
  }
}

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, typed, messages } = context;
  const work = await findWork(context);
  if (work.titles.length === 0) {
    messages.info("nothing to retry");
    return ExitCode.whole;
  }
  messages.info(`trying again: ${work.titles.join(", ")}`);
  const { cause: _cause, ...flags } = typed.flags;
  const last = work.lastSettings === null ? {} : repeatable(work.lastSettings);
  const merged = resolveSettings({ flags, env: process.env, file: last }, "retry");
  const again: Settings = { ...merged, library: settings.library, titles: work.titles };
  return ingestWith(again, messages);
}

export const retry: Command = {
  name: "retry",
  summary: "tries again what failed, with the last run's settings unless said otherwise",
  operands: "",
  maxOperands: 0,
  ownFlags: [
    {
      flag: "cause",
      kind: "list",
      unit: "",
      default: null,
      meaning: "Only failures with these codes, as status --failures shows them.",
    },
  ],
  examples: ["retry", "retry --cause timeout server-error --timeout 120"],
  exitCodes: [
    [ExitCode.whole, "nothing failed any more, or there was nothing to retry"],
    [ExitCode.failures, "something failed again"],
    SOURCE_CODE,
    LIBRARY_CODE,
    INTERRUPTED_CODE,
  ],
  run,
};
