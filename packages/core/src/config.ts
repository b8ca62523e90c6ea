import { ANSWERS } from "./config/answers.ts";
import { API } from "./config/api.ts";
import { EFFORT } from "./config/effort.ts";
import type { SettingEntry, Verb } from "./config/entry.ts";
import { EVERY_VERB } from "./config/every-verb.ts";
import { ROUTE } from "./config/route.ts";
import { SANDBOX_SETTINGS } from "./config/sandbox.ts";
import { SEARCH_SETTINGS } from "./config/search.ts";
import { WANTED_SETTINGS } from "./config/wanted.ts";
import { WRITTEN } from "./config/written.ts";

export { VERBS, type SettingEntry, type SettingKind, type Verb } from "./config/entry.ts";
export { DEFAULT_USER_AGENT } from "./config/route.ts";

/**
 * The one table of settings. Flags, environment names, the config file and the docs all come from it; nothing else
 * names a setting. The entry's order is the order in help and docs.
 */
const TABLE = [
  ...EVERY_VERB,
  ...WANTED_SETTINGS,
  ...ROUTE,
  ...EFFORT,
  ...ANSWERS,
  ...API,
  ...WRITTEN,
  ...SEARCH_SETTINGS,
  ...SANDBOX_SETTINGS,
] as const;

type Row = (typeof TABLE)[number];
type ValueOf<Kind, Choices> = Kind extends "string"
  ? string
  : Kind extends "integer" | "number"
    ? number
    : Kind extends "boolean"
      ? boolean
      : Kind extends "list"
        ? readonly string[]
        : Choices;
type ChoiceOf<R> = R extends { readonly choices: readonly (infer Choice)[] } ? Choice : string;

/** Every setting by its key, with defaults filled in; a setting whose default is null may be null. */
export type Settings = {
  readonly [R in Row as R["key"]]: ValueOf<R["kind"], ChoiceOf<R>> | (R["default"] extends null ? null : never);
};
export type SettingKey = keyof Settings;

export const SETTINGS: readonly (SettingEntry & { readonly key: SettingKey })[] = TABLE;

/** The settings a verb takes, in the table's order. */
export function settingsOf(verb: Verb): readonly (SettingEntry & { readonly key: SettingKey })[] {
  return SETTINGS.filter((entry) => entry.verbs.includes(verb));
}

export function defaultSettings(): Settings {
  return Object.fromEntries(SETTINGS.map((entry) => [entry.key, entry.default])) as unknown as Settings;
}
