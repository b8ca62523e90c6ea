/**
 * `bun run bench` measures an ingest of the corpus by the web service, `bun run bench bucket` by the bucket, beside a bare
 * loop; `bun run bench memory` compares memory over a library and one ten times as long; `bun run bench functions [WORD]`
 * measures single functions; `bun run bench search` how long searches take; `bun run bench api` what many watchers cost an
 * ingest; `bun run bench scale` a library as large as the real one. Options and figures: docs/bench/README.md.
 */
import { parseArgs } from "node:util";
import { corpusFolder } from "./setting.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "10" },
    books: { type: "string" },
    runs: { type: "string" },
    latency: { type: "string", default: "0" },
    generated: { type: "boolean", default: false },
    save: { type: "string" },
    keep: { type: "string" },
    library: { type: "string" },
  },
});
const [word, ...others] = positionals;
const WORDS = ["bucket", "memory", "search", "api", "scale"];

function whole(name: string, given: string, least = 1): number {
  const value = Number(given);
  if (given === "" || !Number.isInteger(value) || value < least) {
    throw new Error(`--${name} ${given}: a whole number from ${least} on`);
  }
  return value;
}

function choice() {
  const corpus = values.generated ? null : corpusFolder();
  if (corpus === null && !values.generated) {
    console.log("../shared/corpus is not there: measuring with the generated library, whose books are few and small");
  }
  const books = values.books === undefined ? null : whole("books", values.books);
  const latencyMs = whole("latency", values.latency, 0);
  return { corpus, workers: whole("workers", values.workers), books, latencyMs };
}

async function end(report: string, measured: unknown, proven: boolean): Promise<void> {
  console.log(report);
  if (values.save !== undefined) await Bun.write(values.save, `${JSON.stringify(measured, null, 2)}\n`);
  process.exitCode = proven ? 0 : 1;
}

function misused(why: string): void {
  console.error(`bench: ${why}`);
  process.exitCode = 2;
}

if (word === "functions") {
  const { benchFunctions } = await import("./functions.ts");
  await benchFunctions(others[0] ?? null);
} else if (positionals.length > 1 || (word !== undefined && !WORDS.includes(word))) {
  misused(`unknown words "${positionals.join(" ")}"; ${[...WORDS, "functions"].join(", ")} are the only ones`);
} else if (word === "search") {
  const { isQuick, measureSearch, renderSearchReport, withLibrary } = await import("./measure-search.ts");
  const rounds = whole("runs", values.runs ?? "5");
  const measured = await withLibrary(values.library ?? null, choice, (path) => measureSearch(path, rounds));
  await end(renderSearchReport(measured), measured, isQuick(measured));
} else if (values.library !== undefined) {
  misused("--library is for `bench search`");
} else if (word === "scale") {
  const { measureScale } = await import("./measure-scale.ts");
  const { isScaleHeld, renderScaleReport } = await import("./report-scale.ts");
  const measured = await measureScale({
    books: whole("books", values.books ?? "7000"),
    workers: whole("workers", values.workers),
    keep: values.keep ?? null,
    searchRounds: whole("runs", values.runs ?? "3"),
  });
  await end(renderScaleReport(measured), measured, isScaleHeld(measured));
} else if (word === "api") {
  const { isCheap, measureApi, renderApiReport } = await import("./measure-api.ts");
  const measured = await measureApi({
    pairs: whole("runs", values.runs ?? "5"),
    workers: whole("workers", values.workers),
  });
  await end(renderApiReport(measured), measured, isCheap(measured));
} else if (word === "memory") {
  const { isFlat, measureMemory, renderMemoryReport } = await import("./measure-memory.ts");
  const books = whole("books", values.books ?? "1000", 10);
  const measured = await measureMemory({ books, workers: whole("workers", values.workers) });
  await end(renderMemoryReport(measured), measured, isFlat(measured));
} else if (word === "bucket" && values.keep !== undefined) {
  misused("--keep is for the web service's route: here every round has a library of its own");
} else if (word === "bucket") {
  const { measureBucket } = await import("./measure-bucket.ts");
  const { isBucketProven, renderBucketReport } = await import("./report-bucket.ts");
  const measured = await measureBucket({ ...choice(), rounds: whole("runs", values.runs ?? "3") });
  await end(renderBucketReport(measured), measured, isBucketProven(measured));
} else if (values.runs !== undefined) {
  misused("--runs is for `bench bucket` and `bench search`");
} else {
  const { measureIngest } = await import("./measure.ts");
  const { renderReport } = await import("./report.ts");
  const { isProven } = await import("./ingest-run.ts");
  const measured = await measureIngest({ ...choice(), keep: values.keep ?? null });
  await end(renderReport(measured), measured, isProven(measured));
}
