import { ExitCode } from "@sofer/core";
import type { Command } from "./command.ts";
import { flagDefault, flagsOf, flagUsage, isCommon, type Flag } from "./flag.ts";

const WIDTH = 100;

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH - indent) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

function flagLines(flags: readonly Flag[]): string {
  const usages = flags.map(flagUsage);
  const indent = Math.min(34, Math.max(...usages.map((usage) => usage.length)) + 4);
  return flags
    .map((flag, index) => {
      const usage = `  ${usages[index]}`;
      const gap = usage.length > indent - 2 ? `\n${" ".repeat(indent)}` : " ".repeat(indent - usage.length);
      return `${usage}${gap}${wrap(flagSentence(flag), indent)}`;
    })
    .join("\n");
}

function flagSentence(flag: Flag): string {
  const shown = flagDefault(flag);
  return shown === "" ? flag.meaning : `${flag.meaning.replace(/\.$/, "")} (default: ${shown}).`;
}

export function exitCodes(command: Command): readonly (readonly [ExitCode, string])[] {
  const usage = [ExitCode.usage, "wrong usage"] as const;
  const own = command.exitCodes.some(([code]) => code === ExitCode.usage)
    ? command.exitCodes
    : [...command.exitCodes, usage];
  return own.toSorted(([a], [b]) => a - b);
}

export function usageLine(command: Command): string {
  return `sofer ${command.name}${command.operands === "" ? "" : ` ${command.operands}`} [flags]`;
}

/** What `sofer <verb> --help` prints. */
export function renderHelp(command: Command): string {
  const flags = flagsOf(command.name, command.ownFlags);
  const own = flags.filter((flag) => !isCommon(flag));
  return [
    `sofer ${command.name}: ${command.summary}`,
    "",
    `Usage: ${usageLine(command)}`,
    "",
    command.examples.length === 1 ? "Example:" : "Examples:",
    ...command.examples.map((example) => `  sofer ${example}`),
    ...(own.length === 0 ? [] : ["", "Flags:", flagLines(own)]),
    "",
    "Flags of every verb:",
    flagLines(flags.filter(isCommon)),
    "",
    "Exit codes:",
    ...exitCodes(command).map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
  ].join("\n");
}

/** What `sofer --help` prints. */
export function renderOverview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  return [
    "sofer: brings the Sefaria library into a store of your own, complete and verified",
    "",
    "Usage: sofer <verb> [flags]",
    "",
    "Verbs:",
    ...commands.map((command) => `  ${command.name.padEnd(width)}${command.summary}`),
    "",
    "Example:",
    "  sofer ingest --demo",
    "",
    "`sofer <verb> --help` shows a verb's flags, examples and exit codes.",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function flagTable(flags: readonly Flag[]): string[] {
  return [
    "| flag | meaning | default | environment |",
    "|---|---|---|---|",
    ...flags.map((flag) => {
      const environment = flag.env === undefined ? "" : `\`${flag.env}\``;
      return `| \`${cell(flagUsage(flag))}\` | ${cell(flag.meaning)} | ${cell(flagDefault(flag))} | ${environment} |`;
    }),
  ];
}

/** docs/cli.md, from the same verbs and settings as the help; a test compares. */
export function renderCliDocs(commands: readonly Command[]): string {
  const lines = [
    "# The command line",
    "",
    "Generated from the verbs and the table of settings; do not edit. Results go to stdout, progress and messages to",
    "stderr. Exit codes mean the same everywhere: 0 done and whole, 1 finished but something failed (named), 2 wrong usage,",
    "3 the source refused or is unreachable, 4 the library is locked, damaged or of a newer version, 130 interrupted with",
    "progress kept.",
    "",
    "Flags of every verb:",
    "",
    ...flagTable(flagsOf("status", []).filter(isCommon)),
  ];
  for (const command of commands) {
    lines.push(
      "",
      `## ${command.name}`,
      "",
      `${command.summary[0]?.toUpperCase() ?? ""}${command.summary.slice(1)}.`,
      "",
    );
    lines.push("```sh", usageLine(command), ...command.examples.map((example) => `sofer ${example}`), "```");
    const own = flagsOf(command.name, command.ownFlags).filter((flag) => !isCommon(flag));
    if (own.length > 0) lines.push("", ...flagTable(own));
    lines.push("", "| exit code | meaning |", "|---|---|");
    for (const [code, meaning] of exitCodes(command)) lines.push(`| ${code} | ${cell(meaning)} |`);
  }
  return `${lines.join("\n")}\n`;
}
