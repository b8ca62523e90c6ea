import { ExitCode, SECRETS, SETTINGS, settingOrigins, type Settings } from "@sofer/core";
import type { Command, CommandContext } from "../command.ts";
import { Output } from "../render/output.ts";
import { table } from "../render/table.ts";

async function run({ settings, layers }: CommandContext): Promise<ExitCode> {
  const { loadSecrets } = await import("../answers/secrets.ts");
  const secrets = loadSecrets(settings);
  const origins = settingOrigins(layers);
  const rows = SETTINGS.map((entry) => ({
    name: entry.flag,
    value: withoutPasswords(settings[entry.key]),
    from: origins.get(entry.key) ?? "default",
  }));
  const hidden = SECRETS.map(({ name }) => ({ name, value: secrets.find(name), from: secrets.origin(name) }));
  const output = new Output();
  if (settings.json) output.json({ settings: rows, secrets: hidden });
  else {
    const shown = rows.map(({ name, value, from }) => [name, shownValue(value), from]);
    output.line(table(["setting", "value", "from"], shown));
    output.line("");
    const masked = hidden.map(({ name, value, from }) => [
      name,
      value === null ? "" : String(value),
      from ?? "nowhere",
    ]);
    output.line(table(["secret", "value", "from"], masked));
  }
  output.flush();
  return ExitCode.whole;
}

/** A URL may hold a password, wherever somebody put one: it is not shown. */
function withoutPasswords(value: Settings[keyof Settings]): unknown {
  const mask = (text: string) => text.replaceAll(/\/\/[^\s/@]*@/g, "//********@");
  if (typeof value === "string") return mask(value);
  return Array.isArray(value) ? value.map(mask) : value;
}

function shownValue(value: unknown): string {
  if (value === null) return "";
  return Array.isArray(value) ? value.join(" ") : String(value);
}

export const config: Command = {
  name: "config",
  summary: "every setting with its value and where that comes from; secrets are masked",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["config", "config --config sofer.json --json", "config --secrets-file ~/.sofer-keys"],
  exitCodes: [[ExitCode.whole, "shown"]],
  run,
};
