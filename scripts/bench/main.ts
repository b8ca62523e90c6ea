/**
 * `bun run bench [--workers N] [--books N] [--save FILE] [--keep FILE]` measures an ingest of the corpus;
 * `bun run bench functions [WORD]` measures single functions. See docs/bench/README.md.
 */
import { parseArgs } from "node:util";
import { corpusFolder, measureIngest } from "./measure.ts";
import { isProven, renderReport } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "10" },
    books: { type: "string" },
    generated: { type: "boolean", default: false },
    save: { type: "string" },
    keep: { type: "string" },
  },
});

function whole(name: string, word: string): number {
  const value = Number(word);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} ${word}: a whole number from 1 on`);
  return value;
}

if (positionals[0] === "functions") {
  const { benchFunctions } = await import("./functions.ts");
  await benchFunctions(positionals[1] ?? null);
} else if (positionals.length > 0) {
  console.error(`bench: unknown word "${positionals.join(" ")}"; functions is the only one`);
  process.exitCode = 2;
} else {
  const corpus = values.generated ? null : corpusFolder();
  if (corpus === null && !values.generated) {
    console.log("../shared/corpus is not there: measuring with the generated library, whose books are few and small");
  }
  const measured = await measureIngest({
    corpus,
    workers: whole("workers", values.workers),
    books: values.books === undefined ? null : whole("books", values.books),
    keep: values.keep ?? null,
  });
  console.log(renderReport(measured));
  if (values.save !== undefined) await Bun.write(values.save, `${JSON.stringify(measured, null, 2)}\n`);
  process.exitCode = isProven(measured) ? 0 : 1;
}
