import { parseSetting, settingsOf, type SettingEntry, type Verb } from "@sofer/core";

/** A flag as help, docs and the reader of arguments need it. Settings are flags; a verb may have a few of its own. */
export type Flag = Omit<SettingEntry, "key" | "env" | "verbs"> & { readonly env?: SettingEntry["env"] };

export const HELP_FLAG: Flag = { flag: "help", kind: "boolean", unit: "", default: false, meaning: "Show this page." };

/** Every verb has these: they are shown apart, after its own. */
const COMMON = new Set(["library", "config", "json", "quiet", "verbose", "help"]);

export function isCommon(flag: Flag): boolean {
  return COMMON.has(flag.flag);
}

/** The flags of a verb, its own first. */
export function flagsOf(verb: Verb, own: readonly Flag[]): readonly Flag[] {
  const settings = settingsOf(verb);
  return [...own, ...settings.filter((flag) => !isCommon(flag)), ...settings.filter(isCommon), HELP_FLAG];
}

/** A value of a verb's own flag, checked as settings are. @throws SoferError `usage` */
export function checkOwnFlag(flag: Flag, value: unknown): unknown {
  return parseSetting({ ...flag, key: flag.flag, env: "SOFER_", verbs: [] }, value);
}

/** How the help writes the flag: `--titles A B …`, `--[no-]resume`, `--source auto|service`. */
export function flagUsage(flag: Flag): string {
  if (flag.kind === "boolean") return flag.default === true ? `--[no-]${flag.flag}` : `--${flag.flag}`;
  const choices = flag.choices?.join(flag.kind === "list" ? " " : "|");
  if (flag.kind === "list") return `--${flag.flag} ${choices ?? "A B …"}`;
  const isNumber = flag.kind === "integer" || flag.kind === "number";
  const word = isNumber ? "N" : flag.unit === "path" ? "FILE" : flag.unit === "URL" ? "URL" : "TEXT";
  if (flag.bare !== undefined) return `--${flag.flag} [${word}]`;
  return `--${flag.flag} ${choices ?? word}`;
}

/** `50 requests per worker`, or "" where nothing is set by default. */
export function flagDefault(flag: Flag): string {
  const { default: value, unit } = flag;
  if (value === true) return "on";
  if (flag.bare !== undefined) return `${flag.bare} when given without one`;
  if (value === null || value === false || (typeof value === "object" && value.length === 0)) return "";
  const shown = typeof value === "object" ? value.join(" ") : String(value);
  return typeof value === "number" && unit !== "" ? `${shown} ${unit}` : shown;
}
