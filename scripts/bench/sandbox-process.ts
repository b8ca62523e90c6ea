/**
 * `sandbox-process.ts LATENCY_MS [FOLDER]` serves the corpus in that folder, or the generated library without one, prints
 * its address, ends on SIGTERM.
 */
import { demoLibrary, loadCorpus, startSandbox } from "@sofer/sandbox";

/** All files of the export stay in memory: making one again would slow down whoever comes next. */
const KEEP_BYTES = 1024 * 1024 * 1024;

const [latency, folder] = process.argv.slice(2);
const sandbox = await startSandbox({
  library: folder === undefined ? demoLibrary() : loadCorpus(folder),
  latencyMs: Number(latency),
  logRequests: true,
  bucket: { keepBytes: KEEP_BYTES },
});
console.log(sandbox.url);
process.once("SIGTERM", () => void sandbox.stop().then(() => process.exit(0)));
