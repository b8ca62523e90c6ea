import { ExitCode, SoferError, type Settings } from "@sofer/core";
import { errorLine, type Messages } from "../render/messages.ts";
import { tellEmbedded } from "../render/answers.ts";
import { embedExitCodes, embedWith } from "./embedding.ts";
import { heldTitles } from "./held-titles.ts";
import { namedSinks, profilesOf, pushEach, worstOf, type WantedSink } from "./pushing.ts";

/** The later part of the road: embed, then push, for whatever --embed and --to say. */
export interface Tail {
  /** The worst of its stages' exit codes. */
  run(): Promise<ExitCode>;
}

/** Everything that can be wrong usage is found out here, before the first text is fetched. null: nothing is wanted. */
export async function prepareTail(settings: Settings, messages: Messages): Promise<Tail | null> {
  if (settings.embed === null && settings.to.length === 0) return null;
  const sinks = await namedSinks(settings);
  await checkOpens(settings, sinks);
  return { run: () => runTail(settings, messages, sinks) };
}

/** Opens what is to be opened later, and closes it: keys that are missing are said now. */
async function checkOpens(settings: Settings, sinks: readonly WantedSink[]): Promise<void> {
  const { loadSecrets } = await import("./secrets.ts");
  const { systemClock } = await import("@sofer/core");
  const secrets = loadSecrets(settings);
  const timeoutMs = settings.timeout * 1000;
  if (settings.embed !== null) {
    const { openEmbedder } = await import("@sofer/sinks");
    const { embed: name, dimensions, embedUrl: url, embedBatch: maxTexts } = settings;
    openEmbedder({ name, dimensions, url, maxTexts, timeoutMs, secrets, clock: systemClock });
  }
  for (const { request } of sinks) {
    const { kind, name, options } = request;
    await (
      await kind.open(options, { name, libraryPath: settings.library, secrets, clock: systemClock, timeoutMs })
    ).close();
  }
}

async function runTail(settings: Settings, messages: Messages, sinks: readonly WantedSink[]): Promise<ExitCode> {
  const titles = await heldTitles(settings);
  if (titles.length === 0) {
    messages.info("nothing of what was asked for is in the library: nothing to embed or push");
    return ExitCode.whole;
  }
  const ofRun = { ...settings, titles };
  let embedded: ExitCode = ExitCode.whole;
  if (settings.embed !== null) {
    const wanted = profilesOf(sinks);
    const profiles = settings.profiles ?? (wanted.length > 0 ? wanted : ["vector"]);
    try {
      const receipt = await embedWith(ofRun, messages, profiles);
      tellEmbedded(settings, receipt);
      embedded = embedExitCodes[receipt.outcome];
    } catch (thrown) {
      // An embedder that is lost does not keep sinks from what has its vectors, or needs none.
      if (!(thrown instanceof SoferError) || thrown.exitCode === ExitCode.library || thrown.code === "internal")
        throw thrown;
      messages.error(errorLine(thrown));
      embedded = thrown.exitCode;
    }
  }
  if (embedded === ExitCode.interrupted) return embedded;
  return worstOf([embedded, await pushEach(ofRun, messages, sinks, false)]);
}
