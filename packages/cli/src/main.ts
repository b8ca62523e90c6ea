import { defineCommand, runCommand, type CommandDef } from "citty";
import { didYouMean, ExitCode, SoferError } from "@sofer/core";
import packageJson from "../package.json" with { type: "json" };
import { contextOf, readTyped, type Command } from "./command.ts";
import { COMMANDS, loadCommands } from "./commands.ts";
import { renderHelp, renderOverview } from "./help.ts";
import { exitCodeOf, reportError, standardError } from "./render/messages.ts";
import { Output, ReaderGone } from "./render/output.ts";

/** After the work is done nothing should hold the process; should something do so, it is not waited for longer. */
const LINGER_MS = 2_000;

function print(text: string): void {
  const output = new Output();
  output.line(text);
  output.flush();
}

async function runVerb(command: Command, words: readonly string[]): Promise<ExitCode> {
  const typed = readTyped(command, words);
  if (typed.flags["help"] !== undefined) {
    print(renderHelp(command));
    return ExitCode.whole;
  }
  return command.run(contextOf(command, typed));
}

function unknownVerb(name: string): SoferError {
  if (name.startsWith("-")) {
    return new SoferError("usage", `the verb comes first, before ${name}`, { hint: "see sofer --help" });
  }
  const hint = didYouMean(name, Object.keys(COMMANDS), 1) || "see sofer --help";
  return new SoferError("usage", `there is no verb ${name}`, { hint });
}

async function dispatch(words: readonly string[]): Promise<ExitCode> {
  const [first, second] = words;
  if (first === undefined) {
    standardError().write(`${renderOverview(await loadCommands())}\n`);
    return ExitCode.usage;
  }
  if (first === "--help" || first === "-h" || (first === "help" && second === undefined)) {
    print(renderOverview(await loadCommands()));
    return ExitCode.whole;
  }
  if (first === "--version") {
    print(packageJson.version);
    return ExitCode.whole;
  }
  const [name, verbWords] = first === "help" ? [second ?? "", ["--help"]] : [first, words.slice(1)];
  if (!Object.hasOwn(COMMANDS, name)) throw unknownVerb(name);

  let exitCode: ExitCode = ExitCode.whole;
  const subCommands: Record<string, () => Promise<CommandDef>> = {};
  for (const [verb, load] of Object.entries(COMMANDS)) {
    subCommands[verb] = async () => {
      const command = await load();
      return defineCommand({
        meta: { name: command.name, description: command.summary },
        async run() {
          exitCode = await runVerb(command, verbWords);
        },
      });
    };
  }
  // citty finds and loads the verb; its words are read by ourselves (see arguments.ts).
  await runCommand(defineCommand({ meta: { name: "sofer" }, subCommands }), { rawArgs: [name] });
  return exitCode;
}

/** Runs one command line and returns its exit code; errors are reported already. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(words);
  } catch (error) {
    if (error instanceof ReaderGone) return ExitCode.whole;
    reportError(error, words.includes("--verbose"));
    return exitCodeOf(error);
  }
}

if (import.meta.main) {
  const exitCode = await main(process.argv.slice(2));
  process.exitCode = exitCode;
  setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
}
