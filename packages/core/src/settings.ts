import { defaultSettings, SETTINGS, settingsOf, type SettingEntry, type Settings, type Verb } from "./config.ts";
import { SoferError } from "./errors.ts";
import { API_TOKEN } from "./secrets.ts";
import { isPublisherHost } from "./host-pace.ts";
import { didYouMean } from "./suggest.ts";

/** Where settings come from, nearest to the user first. Absent and undefined values fall through to the next layer. */
export interface SettingLayers {
  /** By flag name, without dashes. A boolean may come as its negation (`no-resume: true`). */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** The process environment; other names than the table's are not ours and are ignored. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The parsed config file: an object by flag name. */
  readonly file?: unknown;
}

/** Lists in the environment: titles hold commas, so the items are parted by semicolons. */
const LIST_SEPARATOR = ";";

/** Read from the environment by whoever needs them, and never part of the settings: those are written down. */
const SECRETS = [API_TOKEN];

const byFlag = new Map<string, SettingEntry>(SETTINGS.map((entry) => [entry.flag, entry]));

/**
 * Flags before environment before file before default, each value checked against the table.
 * @param verb when given, a flag of another verb is refused; environment and file may hold settings of every verb.
 * @throws SoferError `usage`: one line that names the setting as the user wrote it.
 */
export function resolveSettings(layers: SettingLayers, verb?: Verb): Settings {
  const values: Record<string, unknown> = { ...defaultSettings() };
  for (const [name, value] of fileEntries(layers.file)) {
    take(values, name, value, { said: `"${name}" in the config file`, allowed: SETTINGS, dashes: "" });
  }
  for (const entry of SETTINGS) {
    const value = layers.env?.[entry.env];
    if (value !== undefined && value !== "") {
      values[entry.key] = parseSetting(entry, entry.kind === "list" ? value.split(LIST_SEPARATOR) : value, entry.env);
    }
  }
  const allowed = verb === undefined ? SETTINGS : settingsOf(verb);
  for (const [name, value] of Object.entries(layers.flags ?? {})) {
    if (value !== undefined) take(values, name, value, { said: `--${name}`, allowed, dashes: "--" });
  }
  const settings = values as unknown as Settings;
  checkTogether(settings);
  return settings;
}

/** Where a setting's value comes from. */
export type SettingOrigin = "flag" | "environment" | "config file" | "default";

/** Of each setting, by its key: the layer that says it. */
export function settingOrigins(layers: SettingLayers): ReadonlyMap<string, SettingOrigin> {
  const said = (entries: readonly [string, unknown][], entry: SettingEntry) =>
    entries.some(([name, value]) => value !== undefined && (name === entry.flag || name === `no-${entry.flag}`));
  const flags = Object.entries(layers.flags ?? {});
  const file = fileEntries(layers.file);
  return new Map(
    SETTINGS.map((entry): [string, SettingOrigin] => {
      if (said(flags, entry)) return [entry.key, "flag"];
      if ((layers.env?.[entry.env] ?? "") !== "") return [entry.key, "environment"];
      return [entry.key, said(file, entry) ? "config file" : "default"];
    }),
  );
}

/** Names in the environment that look like settings and are none: worth a warning, since a typo hides there. */
export function unknownEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>([...SETTINGS.map((entry) => entry.env), ...SECRETS]);
  return Object.keys(env).filter((name) => name.startsWith("SOFER_") && !known.has(name));
}

/**
 * One value as the table wants it. `said` is the setting's name as the user wrote it.
 * @throws SoferError `usage`
 */
export function parseSetting(entry: SettingEntry, value: unknown, said: string = `--${entry.flag}`): unknown {
  if (value === null && entry.default === null) return null;
  switch (entry.kind) {
    case "boolean":
      return parseBoolean(value, said);
    case "integer":
    case "number":
      return parseNumber(entry, value, said);
    case "list":
      return parseList(entry, value, said);
    case "enum":
      return parseChoice(entry, parseText(value, said), said);
    default:
      return parseText(value, said);
  }
}

interface Saying {
  /** The setting as the user wrote it. */
  readonly said: string;
  readonly allowed: readonly SettingEntry[];
  /** In front of the names a hint offers. */
  readonly dashes: string;
}

function take(values: Record<string, unknown>, name: string, value: unknown, saying: Saying): void {
  const { said, allowed, dashes } = saying;
  const entry = byFlag.get(name);
  const negated = name.startsWith("no-") ? byFlag.get(name.slice(3)) : undefined;
  if (entry !== undefined && allowed.includes(entry)) {
    values[entry.key] = parseSetting(entry, value, said);
  } else if (negated?.kind === "boolean" && allowed.includes(negated)) {
    values[negated.key] = !parseBoolean(value, said);
  } else if (entry !== undefined || negated?.kind === "boolean") {
    const { verbs } = entry ?? negated ?? { verbs: [] };
    throw wrong(`${said} is not a setting of this verb`, `it belongs to ${verbs.join(", ")}`);
  } else {
    const names = allowed.map(({ flag }) => dashes + flag);
    throw wrong(`${said} is not a known setting`, didYouMean(dashes + name, names));
  }
}

function fileEntries(file: unknown): [string, unknown][] {
  if (file === undefined || file === null) return [];
  if (typeof file === "object" && !Array.isArray(file)) return Object.entries(file);
  throw new SoferError("usage", "the config file must hold one JSON object", {
    hint: 'for example {"max-workers": 4}',
  });
}

/** What no single entry can say. */
function checkTogether(settings: Settings): void {
  if (settings.quiet && settings.verbose) throw wrong("--quiet and --verbose exclude each other");
  const { host } = parseUrl("--base-url", settings.baseUrl, "https://www.sefaria.org");
  if (settings.bucketUrl !== null) parseUrl("--bucket-url", settings.bucketUrl, "https://storage.googleapis.com");
  if (settings.rate === 0 && isPublisherHost(host) && !settings.demo) {
    throw wrong(`--rate 0 (no pace) is refused on ${host}`, "give a rate in requests per second, such as --rate 1");
  }
  const named = settings.versions.filter((version) => !["best", "all", "merged"].includes(version));
  if (settings.versions.length > 1 && named.length < settings.versions.length) {
    throw wrong("--versions takes either best, or all, or merged, or titles, not a mixture");
  }
  if (settings.embedUrl !== null) {
    const url = parseUrl("--embed-url", settings.embedUrl, "http://127.0.0.1:11434/v1");
    if (url.username !== "" || url.password !== "") {
      throw wrong("--embed-url holds a name or a password", "keys come from the environment or --secrets-file");
    }
  }
  if (settings.refresh === "service" && settings.source === "bucket") {
    throw wrong("--refresh service and --source bucket exclude each other");
  }
  if (settings.versions[0] === "merged" && settings.source === "service") {
    throw wrong("--versions merged comes from the export only", "take --source bucket");
  }
}

function parseUrl(said: string, text: string, example: string): URL {
  const url = URL.parse(text);
  if (url === null) throw wrong(`${said} is not a URL: "${text}"`, `for example ${example}`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw wrong(`${said} must begin with http:// or https://`);
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong(`${said} holds a user name or a password`, "it would stand in logs and in the library: leave it out");
  }
  if (url.search !== "" || url.hash !== "")
    throw wrong(`${said} must have no "?" and no "#"`, `for example ${example}`);
  return url;
}

function parseBoolean(value: unknown, said: string): boolean {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  throw wrong(`${said} must be true or false, not ${shown(value)}`);
}

function parseNumber(entry: SettingEntry, value: unknown, said: string): number {
  const isWhole = entry.kind === "integer";
  // Plain decimals only: Number("") is 0 and Number("0x10") is 16, neither of which anybody meant.
  const text = typeof value === "string" && entry.unit === "%" ? value.replace(/\s*%$/, "") : value;
  const isDecimal = typeof text === "string" && /^[+-]?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?$/i.test(text.trim());
  const n = typeof text === "number" ? text : isDecimal ? Number(text) : Number.NaN;
  const isRight = isWhole ? Number.isSafeInteger(n) : Number.isFinite(n);
  if (!isRight || n < (entry.min ?? -Infinity) || n > (entry.max ?? Infinity)) {
    throw wrong(`${said} must be ${expectation(entry)}, not ${shown(value)}`);
  }
  return n;
}

function expectation(entry: SettingEntry): string {
  const noun = entry.kind === "integer" ? "a whole number" : "a number";
  if (entry.min !== undefined && entry.max !== undefined) return `${noun} from ${entry.min} to ${entry.max}`;
  if (entry.min !== undefined) return `${noun} of at least ${entry.min}`;
  return entry.max === undefined ? noun : `${noun} of at most ${entry.max}`;
}

function parseText(value: unknown, said: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw wrong(`${said} needs a value`);
}

function parseList(entry: SettingEntry, value: unknown, said: string): readonly string[] {
  const given = Array.isArray(value) ? value : [value];
  const items = given.map((item) => parseText(item, said));
  if (entry.choices === undefined) {
    if (items.length === 0) throw wrong(`${said} needs a value`);
    return [...new Set(items.map((item) => item.trim()))];
  }
  // Items from a fixed set hold no commas, so `he,en` can only mean two.
  const words = items.flatMap((item) => item.split(",")).map((item) => parseChoice(entry, item, said));
  if (words.length === 0) throw wrong(`${said} needs a value`);
  return [...new Set(words)];
}

function parseChoice(entry: SettingEntry, text: string, said: string): string {
  const choices = entry.choices ?? [];
  const word = text.trim().toLowerCase();
  if (choices.includes(word)) return word;
  throw wrong(`${said} must be one of ${choices.join(", ")}, not "${text}"`, didYouMean(word, choices, 1));
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function wrong(message: string, hint = ""): SoferError {
  return new SoferError("usage", message, { hint });
}
