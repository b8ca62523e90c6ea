import { readFileSync } from "node:fs";
import {
  ExitCode,
  resolveSettings,
  settingsOf,
  SoferError,
  unknownEnvironment,
  type SettingLayers,
  type Settings,
  type Verb,
} from "@sofer/core";
import { readArguments, type TypedArguments } from "./arguments.ts";
import { checkOwnFlag, flagsOf, type Flag } from "./flag.ts";
import { createMessages, type Messages } from "./render/messages.ts";

export interface CommandContext {
  /** Flags before environment before config file before default. */
  readonly settings: Settings;
  /** What the settings were made of. */
  readonly layers: SettingLayers;
  /** Values of the verb's own flags, checked; null where not given. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly typed: TypedArguments;
  readonly messages: Messages;
}

/** One verb of the command line. Its file imports nothing heavy at the top, so that its help is quick. */
export interface Command {
  readonly name: Verb;
  /** What it does, one line without a full stop. */
  readonly summary: string;
  /** Words after the verb that are not flags, as the help shows them; "" for none. */
  readonly operands: string;
  readonly maxOperands: number;
  /** Flags beside those that the table of settings gives this verb. */
  readonly ownFlags: readonly Flag[];
  /** Command lines that work, without the leading `sofer`. */
  readonly examples: readonly string[];
  /** Exit codes it may end with beside 2 (wrong usage), with what they mean here. */
  readonly exitCodes: readonly (readonly [ExitCode, string])[];
  run(context: CommandContext): Promise<ExitCode>;
}

export const LIBRARY_CODE = [
  ExitCode.library,
  "the library is missing, locked, damaged or of a newer version",
] as const;
export const SOURCE_CODE = [ExitCode.source, "the source refused or cannot be reached"] as const;
export const INTERRUPTED_CODE = [ExitCode.interrupted, "interrupted; what was done is kept"] as const;

function readConfigFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SoferError("usage", `the config file ${path} cannot be read as JSON`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

export function readTyped(command: Command, words: readonly string[]): TypedArguments {
  return readArguments(words, flagsOf(command.name, command.ownFlags));
}

/** Everything a command needs, from what was typed. @throws SoferError `usage` */
export function contextOf(command: Command, typed: TypedArguments): CommandContext {
  const surplus = typed.operands[command.maxOperands];
  if (surplus !== undefined) {
    throw new SoferError("usage", `"${surplus}" is one word too many for ${command.name}`, {
      hint: `see sofer ${command.name} --help`,
    });
  }
  const own: Record<string, unknown> = {};
  for (const flag of command.ownFlags) {
    const value = typed.flags[flag.flag];
    own[flag.flag] = value === undefined ? flag.default : checkOwnFlag(flag, value);
  }
  const ofTable = new Set(settingsOf(command.name).map((entry) => entry.flag));
  const flags = Object.fromEntries(Object.entries(typed.flags).filter(([name]) => ofTable.has(name)));
  const configPath = flags["config"] ?? process.env["SOFER_CONFIG"];
  const file = typeof configPath === "string" && configPath !== "" ? readConfigFile(configPath) : undefined;
  const layers: SettingLayers = { flags, env: process.env, file };
  const settings = resolveSettings(layers, command.name);
  const messages = createMessages({ isQuiet: settings.quiet, isVerbose: settings.verbose });
  for (const name of unknownEnvironment(process.env))
    messages.warn(`${name} in the environment is no setting of sofer`);
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0")
    messages.warn(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 is not heeded: certificates are checked (NODE_EXTRA_CA_CERTS adds your own)",
    );
  return { settings, layers, own, typed, messages };
}
