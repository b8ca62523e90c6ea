/**
 * `scale-export.ts write BOOKS FOLDER` writes the export of a whole generated library there, unless it is there already;
 * `scale-export.ts serve FOLDER` serves it, prints its address, and ends on SIGTERM. Two processes: what serves is small,
 * and takes from whom it serves no more than a read of a file.
 */
import { currentExport, startSandbox, StoredExport, wholeLibrary, writeExport } from "@sofer/sandbox";

const SEED = "scale";

const [verb, ...words] = process.argv.slice(2);
if (verb === "write") {
  const [books = "", folder = ""] = words;
  const library = wholeLibrary({ seed: SEED, books: Number(books) });
  const options = { library, folder, made: `seed ${SEED}, ${books} books` };
  const there = currentExport(options);
  if (there === null) writeExport(options);
  else there.close();
  console.log(there === null ? "written" : "there already");
} else {
  const [folder = ""] = words;
  const exported = new StoredExport(folder);
  const library = { books: [], heCategories: {}, collections: [] };
  const sandbox = await startSandbox({ library, exported, logRequests: true });
  console.log(sandbox.url);
  process.once("SIGTERM", () => void sandbox.stop().then(() => process.exit(0)));
}
