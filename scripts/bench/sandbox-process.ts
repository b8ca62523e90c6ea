/** Serves the corpus (`--corpus FOLDER`) or the generated library, prints its address, ends on SIGTERM. */
import { demoLibrary, loadCorpus, startSandbox } from "@sofer/sandbox";

/** All files of the export stay in memory: making one again would slow down whoever comes next. */
const KEEP_BYTES = 1024 * 1024 * 1024;

const [flag, folder] = process.argv.slice(2);
const library = flag === "--corpus" && folder !== undefined ? loadCorpus(folder) : demoLibrary();
const sandbox = await startSandbox({ library, logRequests: true, bucket: { keepBytes: KEEP_BYTES } });
console.log(sandbox.url);
process.once("SIGTERM", () => void sandbox.stop().then(() => process.exit(0)));
