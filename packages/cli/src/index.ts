export { loadCommands } from "./commands.ts";
export { renderCliDocs } from "./help.ts";
export { main } from "./main.ts";
