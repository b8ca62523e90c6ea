export const VERBS = [
  "ingest",
  "plan",
  "embed",
  "push",
  "verify",
  "repair",
  "status",
  "search",
  "eval",
  "dump",
  "retry",
  "backup",
  "hash",
  "attribution",
  "serve",
  "pause",
  "resume",
  "rate",
  "workers",
  "stop",
  "config",
  "sandbox",
] as const;
export type Verb = (typeof VERBS)[number];

export type SettingKind = "string" | "integer" | "number" | "boolean" | "list" | "enum";

/** What one setting is. `default` null means: nothing set; the meaning says what then holds. */
export interface SettingEntry {
  /** Name in code: the flag in camel case. */
  readonly key: string;
  /** Name on the command line, and in the config file, without dashes in front. */
  readonly flag: string;
  readonly env: `SOFER_${string}`;
  readonly kind: SettingKind;
  /** Allowed values of an enum, or of each item of a list. */
  readonly choices?: readonly string[];
  /** What the flag stands for when it is given without a value. */
  readonly bare?: number;
  readonly min?: number;
  readonly max?: number;
  /** Unit of the value, or "". */
  readonly unit: string;
  readonly default: string | number | boolean | readonly string[] | null;
  /** One sentence. */
  readonly meaning: string;
  readonly verbs: readonly Verb[];
}

/** Verbs that may ask the source. */
export const NETWORK = ["ingest", "plan", "retry", "verify", "repair"] as const satisfies readonly Verb[];
/** Verbs that send requests anywhere: to the source, an embedder, a store. */
export const SENDING = [...NETWORK, "embed", "push", "search"] as const satisfies readonly Verb[];
/** Verbs that may be told which books. */
export const WANTED = [
  "ingest",
  "plan",
  "embed",
  "push",
  "verify",
  "retry",
  "dump",
  "search",
  "hash",
  "attribution",
] as const satisfies readonly Verb[];
/** Verbs that bring texts. */
export const FETCHING = ["ingest", "retry", "repair"] as const satisfies readonly Verb[];
/** Verbs that may serve the status API. */
export const RUNNING = ["ingest", "retry", "serve"] as const satisfies readonly Verb[];
/** Verbs that speak to the API of a run. */
export const STEERING = [
  "retry",
  "status",
  "pause",
  "resume",
  "rate",
  "workers",
  "stop",
] as const satisfies readonly Verb[];
export const SANDBOX = ["sandbox"] as const satisfies readonly Verb[];
