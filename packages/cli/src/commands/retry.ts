import { ExitCode, isCountsFailure, isStageFailure, resolveSettings, SETTINGS, type Settings } from "@sofer/core";
import { INTERRUPTED_CODE, LIBRARY_CODE, SOURCE_CODE, type Command, type CommandContext } from "../command.ts";
import { connectApi } from "../connect-api.ts";
import { chosenFailures, openFailures } from "../open-failures.ts";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import { steerRun } from "../steer.ts";

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
  "causes",
  "api",
  "apiHost",
  "url",
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
  /** Books of which units failed. */
  readonly titles: readonly string[];
  /** Texts that got no vector. */
  readonly embeds: number;
  /** Sinks that did not take something, or could not be reached. */
  readonly sinks: readonly string[];
  /** By flag, as the last embedding had them; null: there was none. */
  readonly embedSettings: Readonly<Record<string, unknown>> | null;
  /** Of some of it everything has come, and it is not what was promised: it is asked for again. */
  readonly isAskedAnew: boolean;
  /** The last run's settings, or null when there was none. */
  readonly lastSettings: string | null;
}

async function findWork({ settings }: CommandContext): Promise<Work> {
  const library = await openForReading(settings);
  try {
    const failures = settings.cause.length === 0 ? openFailures(library.failures()) : library.failures();
    const chosen = chosenFailures(failures, settings, library);
    const lastSettings = library.runs(1)[0]?.settings ?? null;
    const { EMBED_SETTINGS } = await import("@sofer/engine");
    const ofStages = chosen.map(({ unitId }) => unitId).filter(isStageFailure);
    const sinks = ofStages.flatMap((id) => /^push:([^:]+)/.exec(id)?.[1] ?? []);
    const kept = library.meta(EMBED_SETTINGS);
    return {
      titles: [...new Set(chosen.filter(({ unitId }) => !isStageFailure(unitId)).map((failure) => failure.title))],
      isAskedAnew: chosen.some(isCountsFailure),
      embeds: ofStages.filter((id) => !id.startsWith("push:")).length,
      sinks: [...new Set(sinks)],
      embedSettings: kept === null ? null : (JSON.parse(kept) as Record<string, unknown>),
      lastSettings,
    };
  } finally {
    library.close();
  }
}

/** Titles for a run that is on; null: all. Of a run elsewhere names are taken as they are. */
async function wantedTitles({ titles, url, ...settings }: Settings): Promise<readonly string[] | null> {
  if (titles.length === 0) return null;
  if (url !== null) return titles;
  const library = await openForReading({ ...settings, titles, url });
  try {
    return titlesInLibrary(library, titles) ?? null;
  } finally {
    library.close();
  }
}

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, messages } = context;
  const api = await connectApi(settings);
  if (api !== null) {
    const causes = settings.cause.length === 0 ? null : settings.cause;
    return steerRun(context, api, { action: "retry", titles: await wantedTitles(settings), causes });
  }
  const work = await findWork(context);
  if (work.titles.length + work.embeds + work.sinks.length === 0) {
    messages.info("nothing to retry");
    return ExitCode.whole;
  }
  let worst: ExitCode = ExitCode.whole;
  const note = (code: ExitCode) => {
    if (code > worst) worst = code;
    return code !== ExitCode.interrupted;
  };
  if (work.titles.length > 0) {
    const { ingestWith } = await import("../run-ingest.ts");
    messages.info(`trying again: ${work.titles.join(", ")}`);
    const last = work.lastSettings === null ? {} : repeatable(work.lastSettings);
    const again: Settings = { ...mergedWith(context, last), library: settings.library, titles: work.titles };
    const anew = work.isAskedAnew ? { ...again, resume: false } : again;
    if (!note(await ingestWith(anew, messages, { isRetry: true }))) return worst;
  }
  if (work.embeds > 0 && work.embedSettings !== null) {
    if (!note(await embedAgain(context, work.embedSettings))) return worst;
  }
  await pushAgain(context, work, note);
  return worst;
}

/** What is said now goes before what was said then. */
function mergedWith({ typed }: CommandContext, before: Readonly<Record<string, unknown>>): Settings {
  const { cause: _cause, ...flags } = typed.flags;
  return resolveSettings({ flags, env: process.env, file: before }, "retry");
}

async function embedAgain(context: CommandContext, before: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const [{ embedExitCodes, embedWith }, { tellEmbedded }] = await Promise.all([
    import("../answers/embedding.ts"),
    import("../render/answers.ts"),
  ]);
  // All of the library: the texts that failed are looked up in the file of vectors like every other.
  const settings = { ...mergedWith(context, before), library: context.settings.library, titles: [] };
  const receipt = await embedWith(settings, context.messages, settings.profiles ?? ["vector"]);
  tellEmbedded(settings, receipt);
  return embedExitCodes[receipt.outcome];
}

/** Sinks that failed; and, when texts have got their vectors now, all that take vectors. */
async function pushAgain(context: CommandContext, work: Work, note: (code: ExitCode) => boolean): Promise<void> {
  const { settings, messages } = context;
  if (work.sinks.length === 0 && work.embeds === 0) return;
  const { pushEach, storedSinks } = await import("../answers/pushing.ts");
  const stored = await storedSinks({ ...settings, embed: null }, []);
  const wanted = stored.filter(
    ({ request, by }) => work.sinks.includes(request.name) || (work.embeds > 0 && by !== null),
  );
  if (wanted.length > 0) note(await pushEach({ ...settings, titles: [] }, messages, wanted));
}

export const retry: Command = {
  name: "retry",
  summary: "tries again what failed, by a run of its own or by the one that is on",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
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
