/**
 * `sandbox-process.ts LATENCY_MS [FOLDER | GENERATED]` serves the corpus in that folder, a generated library of a size
 * ("800x5": 800 books at scale 5), or the demo's without either; prints its address, ends on SIGTERM.
 */
import { startSandbox } from "@sofer/sandbox";
import { libraryOf } from "./setting.ts";

/** All files of the export stay in memory: making one again would slow down whoever comes next. */
const KEEP_BYTES = 1024 * 1024 * 1024;

const [latency, source] = process.argv.slice(2);
const sandbox = await startSandbox({
  library: libraryOf(source ?? null),
  latencyMs: Number(latency),
  logRequests: true,
  bucket: { keepBytes: KEEP_BYTES },
});
console.log(sandbox.url);
process.once("SIGTERM", () => void sandbox.stop().then(() => process.exit(0)));
