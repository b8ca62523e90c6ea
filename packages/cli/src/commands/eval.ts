import { readFileSync } from "node:fs";
import { ExitCode, SoferError, type Settings } from "@sofer/core";
import type { EvaluatedEngine, Library, Qrel } from "@sofer/store";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { openForReading } from "../open-library.ts";
import { renderEvaluation } from "../render/evaluation.ts";
import { Output } from "../render/output.ts";
import { counted } from "../render/table.ts";
import { writeWholeFile } from "../whole-file.ts";

async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, typed } = context;
  const [path] = typed.operands;
  if ((path === undefined) === (settings.makeQrels === null)) {
    throw new SoferError("usage", "say which questions to ask, or with --make-qrels where to write some", {
      hint: "sofer eval --make-qrels qrels.jsonl, then sofer eval qrels.jsonl",
    });
  }
  const text = path === undefined ? null : readText(path);
  const library = await openForReading(settings);
  try {
    return text === null || path === undefined
      ? make(library, context)
      : await measure(library, await questionsOf(text, path), context);
  } finally {
    library.close();
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SoferError("usage", `the questions in ${path} cannot be read`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

async function questionsOf(text: string, path: string): Promise<Qrel[]> {
  const { readQrels } = await import("@sofer/store");
  return readQrels(text, path);
}

function make(library: Library, { settings, messages }: CommandContext): ExitCode {
  const { seed, perGroup, makeQrels } = settings;
  const qrels = library.makeQrels({ seed, perGroup });
  if (qrels.length === 0) {
    throw new SoferError("usage", "no link of the library makes a question: it has none between texts that it holds", {
      hint: "sofer ingest --links brings links in",
    });
  }
  const lines = qrels.map(({ language, ...qrel }) => JSON.stringify({ ...qrel, lang: language }));
  writeWholeFile(makeQrels ?? "", `${lines.join("\n")}\n`, "--make-qrels");
  messages.info(`${makeQrels}: ${counted(qrels.length, "question")}`);
  return ExitCode.whole;
}

async function measure(
  library: Library,
  qrels: readonly Qrel[],
  { settings, messages }: CommandContext,
): Promise<ExitCode> {
  const { evaluate, openBaselines } = await import("@sofer/store");
  const needsBaseline = settings.engine.some((engine) => engine !== "lexical");
  using baselines = needsBaseline ? openBaselines(library) : null;
  const known: Readonly<Record<string, EvaluatedEngine | undefined>> = {
    lexical: lexicalEngine(library, settings),
    baseline: baselines?.all,
    "baseline-any": baselines?.any,
  };
  const engines = settings.engine.flatMap((name) => known[name] ?? []);
  const result = await evaluate(library.citations(), qrels, engines);
  const output = new Output();
  if (settings.json) {
    for (const query of result.queries) output.json({ type: "query", ...query });
    for (const group of result.groups) output.json({ type: "group", ...group });
  } else output.line(renderEvaluation(result));
  output.flush();
  const failed = result.queries.filter((query) => query.failure !== null);
  for (const query of failed) messages.warn(`${query.engine} failed on ${query.id}: ${query.failure}`);
  if (result.unknownRefs.length > 0) {
    const some = result.unknownRefs.slice(0, 3).join(", ");
    messages.warn(`${counted(result.unknownRefs.length, "expected ref")} are no place of the library: ${some}`);
  }
  return failed.length === 0 ? ExitCode.whole : ExitCode.failures;
}

function lexicalEngine(library: Library, { group }: Settings): EvaluatedEngine {
  return {
    name: "lexical",
    search: (query, limit) =>
      library.search({ query, limit, grouping: group }).hits.map(({ ref, passage }) => [ref, ...passage.refs]),
  };
}

export const evaluation: Command = {
  name: "eval",
  summary: "measures how well searches find what they should, by kind, language and category",
  operands: "[FILE]",
  maxOperands: 1,
  ownFlags: [],
  examples: [
    "eval --make-qrels qrels.jsonl",
    "eval qrels.jsonl --engine lexical baseline --group segment",
    "eval qrels.jsonl --json",
  ],
  exitCodes: [
    [ExitCode.whole, "measured, or made"],
    [ExitCode.failures, "measured, but the search failed on some questions (named)"],
    LIBRARY_CODE,
  ],
  run,
};
