/** Serves the corpus (`--corpus FOLDER`) or the generated library, prints its address, ends on SIGTERM. */
import { demoLibrary, loadCorpus, startSandbox } from "@sofer/sandbox";

const [flag, folder] = process.argv.slice(2);
const library = flag === "--corpus" && folder !== undefined ? loadCorpus(folder) : demoLibrary();
const sandbox = await startSandbox({ library });
console.log(sandbox.url);
process.once("SIGTERM", () => void sandbox.stop().then(() => process.exit(0)));
