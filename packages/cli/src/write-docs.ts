import { join } from "node:path";
import { loadCommands } from "./commands.ts";
import { renderCliDocs } from "./help.ts";

// Writes docs/cli.md anew: run it after a change of a verb or of the table of settings.
await Bun.write(join(import.meta.dir, "../../../docs/cli.md"), renderCliDocs(await loadCommands()));
