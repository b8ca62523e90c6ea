/**
 * `bun run bench [WORD]`: each word is a module in `words/`, and takes only the options that it names. `bun run bench --check` is
 * the word `check`. What each measures, and how: docs/bench/README.md.
 */
import { parseArgs } from "node:util";
import { MisuseError, OPTIONS, type Bench, type Given, type OptionName } from "./given.ts";

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  service: () => import("./words/service.ts"),
  bucket: () => import("./words/bucket.ts"),
  floor: () => import("./words/floor.ts"),
  field: () => import("./words/field.ts"),
  check: () => import("./words/check.ts"),
  pictures: () => import("./words/pictures.ts"),
  stages: () => import("./words/stages.ts"),
  start: () => import("./words/start.ts"),
  memory: () => import("./words/memory.ts"),
  functions: () => import("./words/functions.ts"),
  search: () => import("./words/search.ts"),
  api: () => import("./words/api.ts"),
  scale: () => import("./words/scale.ts"),
};

/** What is meant when no word is said. */
const USUAL = "service";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [word = USUAL, ...words] = values.check === true ? ["check", ...positionals] : positionals;
  const load = Object.hasOwn(BENCHES, word) ? BENCHES[word] : undefined;
  if (load === undefined) throw new MisuseError(`unknown word "${word}": ${Object.keys(BENCHES).join(", ")} are known`);
  const { bench } = await load();
  const given: Given = { values, words };
  for (const name of Object.keys(values) as OptionName[]) {
    if (!bench.options.includes(name)) throw new MisuseError(`--${name} is not for \`bench ${word}\``);
  }
  if (words.length > bench.words) throw new MisuseError(`too many words: ${words.join(" ")}`);
  await bench.run(given);
}

try {
  await main();
} catch (thrown) {
  const isParse = thrown instanceof TypeError && "code" in thrown && String(thrown.code).startsWith("ERR_PARSE_ARGS");
  if (!(thrown instanceof Error) || !(thrown instanceof MisuseError || isParse)) throw thrown;
  console.error(`bench: ${thrown.message}`);
  process.exitCode = 2;
}
