import {
  CHUNK_PROFILES,
  ExitCode,
  fromPlainError,
  parseSinkText,
  resolveSettings,
  SoferError,
  systemClock,
  type Settings,
  type Sink,
  type SinkKind,
  type SinkRequest,
  type SinkSpec,
} from "@sofer/core";
import type { EmbeddedBy, PushReceipt } from "@sofer/engine";
import { openForReading } from "../open-library.ts";
import { tellPushed } from "../render/answers.ts";
import { errorLine, type Messages } from "../render/messages.ts";
import { StageProgress } from "../render/stage-progress.ts";
import { embeddedBy, embedSettings, wantedTitles } from "./embedding.ts";
import { loadSecrets } from "./secrets.ts";
import { withSender } from "./sending.ts";

/** Every kind of sink there is: the embedded store first, which is the library's own. */
export async function sinkKinds(): Promise<readonly SinkKind[]> {
  const [{ embeddedKind }, { SINK_KINDS }] = await Promise.all([import("@sofer/store"), import("@sofer/sinks")]);
  return [embeddedKind, ...SINK_KINDS];
}

/** A sink that is to be pushed to: what it is, and by what its vectors are made. */
export interface WantedSink {
  readonly request: SinkRequest;
  /** null: it is given none. */
  readonly by: EmbeddedBy | null;
  /** What is kept with it in the library. */
  readonly settings: string;
}

/** The sinks of `--to`. @throws SoferError `usage` */
export async function namedSinks(settings: Settings): Promise<readonly WantedSink[]> {
  const wanted = await Promise.all(settings.to.map((text) => wantedSink(text, settings)));
  const names = wanted.map(({ request }) => request.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new SoferError("usage", `--to names the sink ${twice} twice`, {
      hint: "give one another name: --to KIND=…,name=other",
    });
  }
  return wanted;
}

/**
 * Sinks that were pushed to before, by name; all of them when none is named. They are opened as they were the last time.
 * @throws SoferError `usage`
 */
export async function storedSinks(settings: Settings, names: readonly string[]): Promise<readonly WantedSink[]> {
  const library = await openForReading(settings);
  try {
    const stored = library.sinks();
    const unknown = names.find((name) => !stored.some((sink) => sink.name === name));
    if (unknown !== undefined) {
      const known = stored.map((sink) => sink.name).join(", ");
      throw new SoferError("usage", `nothing was ever pushed to a sink "${unknown}"`, {
        hint: known === "" ? "give --to KIND[=options]" : `there is ${known}; --to opens another`,
      });
    }
    const chosen = stored.filter((sink) => names.length === 0 || names.includes(sink.name));
    return await Promise.all(
      chosen.map(async (sink) => {
        const { to, ...flags } = JSON.parse(sink.settings) as { to: string } & Record<string, unknown>;
        // An embedder that is said now goes before that of the last time.
        return wantedSink(to, settings.embed === null ? resolveSettings({ file: flags }) : settings);
      }),
    );
  } finally {
    library.close();
  }
}

async function wantedSink(text: string, settings: Settings): Promise<WantedSink> {
  const profiles = CHUNK_PROFILES.map(({ name }) => name);
  const request = parseSinkText(text, await sinkKinds(), profiles);
  const { vectors } = request.kind;
  const by = vectors === "none" ? null : embeddedBy(settings);
  if (by === null && vectors === "required") {
    throw new SoferError("usage", `the sink ${request.kind.kind} takes only chunks with vectors`, {
      hint: "give --embed provider:model",
    });
  }
  const kept = { to: request.text, ...(by === null ? {} : embedSettings(settings)) };
  return { request, by, settings: JSON.stringify(kept) };
}

/** Profiles that these sinks take with vectors. */
export function profilesOf(sinks: readonly WantedSink[]): readonly string[] {
  return [...new Set(sinks.filter(({ by }) => by !== null).map(({ request }) => request.profile))];
}

/** What the sink is to hold. @throws SoferError `usage` when nobody knows yet how long its vectors are */
async function specOf(libraryPath: string, { request, by }: WantedSink): Promise<SinkSpec> {
  const { profile } = request;
  if (by === null) return { profile, space: null };
  if (by.dimensions !== null) return { profile, space: { model: by.model, dimensions: by.dimensions } };
  const { hasVectors, openVectorCache } = await import("@sofer/store");
  if (hasVectors(libraryPath)) {
    using cache = openVectorCache(libraryPath);
    const space = cache.space(by.model, null);
    if (space !== null) return { profile, space };
  }
  throw new SoferError("usage", `nothing was embedded with ${by.model} yet`, { hint: "run sofer embed first" });
}

/** A sink in hand, for one stage; closed at its end. */
export async function withSink<T>(
  settings: Settings,
  wanted: WantedSink,
  work: (sink: Sink, spec: SinkSpec) => Promise<T>,
): Promise<T> {
  const { kind, name, options } = wanted.request;
  const spec = await specOf(settings.library, wanted);
  const sink = await kind.open(options, {
    name,
    libraryPath: settings.library,
    secrets: loadSecrets(settings),
    clock: systemClock,
    timeoutMs: settings.timeout * 1000,
  });
  try {
    return await work(sink, spec);
  } finally {
    await sink.close();
  }
}

/** Brings one sink to what the library holds. */
export async function pushWith(settings: Settings, messages: Messages, wanted: WantedSink): Promise<PushReceipt> {
  const { pushChunks } = await import("@sofer/engine");
  const titles = await wantedTitles(settings);
  const progress = new StageProgress(`pushed to ${wanted.request.name}`, settings, messages);
  return withSink(settings, wanted, (sink, spec) =>
    withSender(settings, messages, 0, async (sender) => {
      try {
        return await pushChunks({
          libraryPath: settings.library,
          sink,
          spec,
          by: wanted.by,
          settings: wanted.settings,
          titles,
          sender,
          maxRecords: settings.pushBatch,
          concurrency: settings.pushConcurrency,
          onProgress: ({ chunks, ofChunks }) => progress.at(chunks, ofChunks),
        });
      } finally {
        progress.close();
      }
    }),
  );
}

/**
 * Pushes to each in turn, and tells of each. One that cannot be opened, for want of a key or of vectors, does not keep the
 * others from theirs. Returns the worst of their exit codes.
 */
export async function pushEach(
  settings: Settings,
  messages: Messages,
  sinks: readonly WantedSink[],
  isAlone = sinks.length === 1,
): Promise<ExitCode> {
  const codes: ExitCode[] = [ExitCode.whole];
  for (const sink of sinks) {
    try {
      const receipt = await pushWith(settings, messages, sink);
      tellPushed(settings, receipt);
      codes.push(pushExitCode(receipt, isAlone));
    } catch (thrown) {
      if (isAlone || !(thrown instanceof SoferError) || endsAll(thrown)) throw thrown;
      messages.error(`${sink.request.name}: ${errorLine(thrown)}`);
      codes.push(thrown.exitCode);
    }
    if (codes.includes(ExitCode.interrupted)) break;
  }
  return worstOf(codes);
}

/** What is wrong with the library or with us is wrong for every sink. */
function endsAll({ code, exitCode }: SoferError): boolean {
  return code === "internal" || exitCode === ExitCode.library || exitCode === ExitCode.interrupted;
}

/** Exit codes grow with what they mean. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return codes.reduce((worst, code) => (code > worst ? code : worst));
}

/** How a push ends the process: a store that is not reached is one named failure among others, unless it was all there was. */
function pushExitCode(receipt: PushReceipt, isAlone: boolean): ExitCode {
  if (receipt.outcome === "whole") return ExitCode.whole;
  if (receipt.outcome === "interrupted") return ExitCode.interrupted;
  return isAlone && receipt.error !== null ? fromPlainError(receipt.error).exitCode : ExitCode.failures;
}
