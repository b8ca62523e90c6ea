/**
 * `bun run test:chaos [--long] [--save PATH] [WORD]`: what goes wrong on the way to a library, and what is lost of it.
 * `--long` has three rates and 200 kills; `--save` writes the table to PATH.md and PATH.json; WORD runs only cases with it
 * in their name.
 */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: "boolean", default: false }, save: { type: "string" } },
});

/** Cases side by side: most of a case is waiting, and two processors are what every machine has. */
const AT_ONCE = 3;
const LIMIT_MS = 30 * 60_000;

const only = positionals.map((word) => ["--test-name-pattern", word]).flat();
const options = ["--path-ignore-patterns", "none", "--timeout", String(LIMIT_MS), "--max-concurrency", String(AT_ONCE)];
const child = Bun.spawn([process.execPath, "test", ...options, ...only, "./test/chaos"], {
  env: {
    ...process.env,
    ...(values.long ? { SOFER_CHAOS: "long" } : {}),
    ...(values.save === undefined ? {} : { SOFER_CHAOS_SAVE: values.save }),
  },
  stdio: ["ignore", "inherit", "inherit"],
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
process.exitCode = await child.exited;
