import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VERBS } from "@sofer/core";
import { loadCommands } from "./commands.ts";
import { flagsOf, flagUsage } from "./flag.ts";
import { exitCodes, renderCliDocs, renderHelp, renderOverview } from "./help.ts";

const commands = await loadCommands();
const DOCS = join(import.meta.dir, "../../../docs/cli.md");

describe("help", () => {
  test("every verb of the table of settings has a command, and the overview names it", () => {
    expect(commands.map((command) => command.name)).toEqual([...VERBS]);
    const overview = renderOverview(commands);
    for (const { name, summary } of commands)
      expect(overview).toMatch(new RegExp(`  ${name} +${summary.slice(0, 20)}`));
  });

  test.each(commands.map((command) => [command.name, command] as const))("%s", (_name, command) => {
    const help = renderHelp(command);
    for (const flag of flagsOf(command.name, command.ownFlags)) expect(help).toContain(`  ${flagUsage(flag)}`);
    for (const [code, meaning] of exitCodes(command)) expect(help).toContain(`${code}  ${meaning}`);
    expect(exitCodes(command).map(([code]) => code)).toContain(2);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) {
      expect(example.startsWith(command.name)).toBe(true);
      expect(help).toContain(`  sofer ${example}`);
    }
    for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("docs/cli.md is current (bun packages/cli/src/write-docs.ts writes it)", () => {
    expect(readFileSync(DOCS, "utf8")).toBe(renderCliDocs(commands));
  });
});
