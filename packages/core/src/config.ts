/**
 * The one table of settings. Flags, environment names, the config file and the docs all come from it; nothing else
 * names a setting. The entry's order is the order in help and docs.
 */
export const VERBS = [
  "ingest",
  "plan",
  "verify",
  "repair",
  "status",
  "search",
  "dump",
  "retry",
  "backup",
  "hash",
  "attribution",
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
  readonly min?: number;
  readonly max?: number;
  /** Unit of the value, or "". */
  readonly unit: string;
  readonly default: string | number | boolean | readonly string[] | null;
  /** One sentence. */
  readonly meaning: string;
  readonly verbs: readonly Verb[];
}

const NETWORK = ["ingest", "plan", "retry", "verify", "repair"] as const satisfies readonly Verb[];
const WANTED = [
  "ingest",
  "plan",
  "verify",
  "retry",
  "dump",
  "search",
  "hash",
  "attribution",
] as const satisfies readonly Verb[];
const FETCHING = ["ingest", "retry", "repair"] as const satisfies readonly Verb[];
const SANDBOX = ["sandbox"] as const satisfies readonly Verb[];

/** An honest name, so that the publisher can see who asks and where to complain. */
export const DEFAULT_USER_AGENT = "sofer/0.1.0 (Sefaria library ingester; set --user-agent to add your contact)";

const TABLE = [
  // Every verb.
  {
    key: "library",
    flag: "library",
    env: "SOFER_LIBRARY",
    kind: "string",
    unit: "path",
    default: ".sofer/library.sqlite",
    meaning: "The library file.",
    verbs: VERBS,
  },
  {
    key: "config",
    flag: "config",
    env: "SOFER_CONFIG",
    kind: "string",
    unit: "path",
    default: null,
    meaning:
      "A JSON file of settings, keyed by flag name, used where neither a flag nor the environment says otherwise.",
    verbs: VERBS,
  },
  {
    key: "json",
    flag: "json",
    env: "SOFER_JSON",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Print results as JSON on stdout.",
    verbs: VERBS,
  },
  {
    key: "quiet",
    flag: "quiet",
    env: "SOFER_QUIET",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Print only results, warnings and errors.",
    verbs: VERBS,
  },
  {
    key: "verbose",
    flag: "verbose",
    env: "SOFER_VERBOSE",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Print every event of the run.",
    verbs: VERBS,
  },
  // What is wanted.
  {
    key: "titles",
    flag: "titles",
    env: "SOFER_TITLES",
    kind: "list",
    unit: "",
    default: [],
    meaning:
      "Books or categories; without it, ingest and plan take the category Halakhah and the other verbs the whole library; `category:X` forces a category.",
    verbs: WANTED,
  },
  {
    key: "commentaries",
    flag: "commentaries",
    env: "SOFER_COMMENTARIES",
    kind: "boolean",
    unit: "",
    default: true,
    meaning: "Whether a category brings the commentaries listed under it.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "versions",
    flag: "versions",
    env: "SOFER_VERSIONS",
    kind: "list",
    unit: "",
    default: ["best"],
    meaning:
      "Versions to take: `best` (one per leaf and language), `all`, `merged` (the export's own mixture, by the bucket), or titles such as `he|Title`.",
    verbs: ["ingest", "plan", "retry"],
  },
  {
    key: "languages",
    flag: "languages",
    env: "SOFER_LANGUAGES",
    kind: "list",
    choices: ["he", "en"],
    unit: "",
    default: ["he", "en"],
    meaning: "The publisher's sides to take: `he`, `en` (every translation) or both.",
    verbs: ["ingest", "plan", "retry", "search", "dump"],
  },
  {
    key: "licenses",
    flag: "licenses",
    env: "SOFER_LICENSES",
    kind: "list",
    unit: "",
    default: null,
    meaning:
      "Licences to take: exactly as published, or `public-domain` (with CC0), `open` (these, CC-BY and CC-BY-SA), `unknown` (none stated); without it, all but those beginning with Copyright.",
    verbs: ["ingest", "plan", "retry", "search"],
  },
  {
    key: "limit",
    flag: "limit",
    env: "SOFER_LIMIT",
    kind: "integer",
    min: 1,
    unit: "segments per book",
    default: null,
    meaning: "Take only the first segments of each book in reading order; a later run without it completes the book.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "resume",
    flag: "resume",
    env: "SOFER_RESUME",
    kind: "boolean",
    unit: "",
    default: true,
    meaning: "Whether what the library holds already is left alone; --no-resume fetches it again and replaces it.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "overwrite",
    flag: "overwrite",
    env: "SOFER_OVERWRITE",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Fetch again, replace, and make the chunks anew; nothing is deleted before the new is in.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "refresh",
    flag: "refresh",
    env: "SOFER_REFRESH",
    kind: "enum",
    choices: ["changed", "service"],
    unit: "",
    default: "changed",
    meaning:
      "What is brought again of books that are there: what the export says has changed, or everything, by the web service, which cannot say.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "maxAge",
    flag: "max-age",
    env: "SOFER_MAX_AGE",
    kind: "number",
    min: 0,
    unit: "h",
    default: null,
    meaning:
      "By the web service, ask again for what was brought longer ago than this; without it, only for what is missing.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "maxDelete",
    flag: "max-delete",
    env: "SOFER_MAX_DELETE",
    kind: "number",
    min: 0,
    max: 100,
    unit: "%",
    default: 1,
    meaning:
      "A refresh that would take more of a book's segments away (and more than one) leaves the old book and fails by name; 100 also removes books that the source has dropped.",
    verbs: ["ingest", "retry"],
  },
  {
    key: "demo",
    flag: "demo",
    env: "SOFER_DEMO",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Work on the sandbox's own generated books: offline, without keys.",
    verbs: ["ingest", "plan"],
  },
  // Where from.
  {
    key: "source",
    flag: "source",
    env: "SOFER_SOURCE",
    kind: "enum",
    choices: ["auto", "service", "bucket"],
    unit: "",
    default: "auto",
    meaning:
      "Route to the texts: the web service, the publisher's export bucket, or whichever is kinder to the publisher; `service` also agrees to a plan of more than 24 requests.",
    verbs: NETWORK,
  },
  {
    key: "baseUrl",
    flag: "base-url",
    env: "SOFER_BASE_URL",
    kind: "string",
    unit: "URL",
    default: "https://www.sefaria.org",
    meaning: "Address of the web service.",
    verbs: NETWORK,
  },
  {
    key: "bucketUrl",
    flag: "bucket-url",
    env: "SOFER_BUCKET_URL",
    kind: "string",
    unit: "URL",
    default: null,
    meaning:
      "Address of the storage service that holds the export; without it https://storage.googleapis.com, which `auto` uses only for the publisher's own --base-url.",
    verbs: NETWORK,
  },
  {
    key: "treeFile",
    flag: "tree-file",
    env: "SOFER_TREE_FILE",
    kind: "string",
    unit: "path",
    default: null,
    meaning: "A saved contents answer to use instead of asking for one.",
    verbs: NETWORK,
  },
  {
    key: "userAgent",
    flag: "user-agent",
    env: "SOFER_USER_AGENT",
    kind: "string",
    unit: "",
    default: DEFAULT_USER_AGENT,
    meaning: "How every request names itself; add a way to reach you.",
    verbs: NETWORK,
  },
  // How hard.
  {
    key: "maxWorkers",
    flag: "max-workers",
    env: "SOFER_MAX_WORKERS",
    kind: "integer",
    min: 1,
    max: 64,
    unit: "processes",
    default: 10,
    meaning: "Most worker processes; never more are started than there is work for.",
    verbs: NETWORK,
  },
  {
    key: "maxConcurrentRequests",
    flag: "max-concurrent-requests",
    env: "SOFER_MAX_CONCURRENT_REQUESTS",
    kind: "integer",
    min: 1,
    // One Bun process keeps at most 64 connections alive.
    max: 64,
    unit: "requests per worker",
    default: 50,
    meaning: "Most requests one worker has in flight.",
    verbs: NETWORK,
  },
  {
    key: "rate",
    flag: "rate",
    env: "SOFER_RATE",
    kind: "number",
    min: 0,
    max: 100_000,
    unit: "requests/s",
    default: null,
    meaning:
      "Pace of all workers together; without it 1 on sefaria.org and 10 per worker elsewhere; 0 is no pace, refused on sefaria.org.",
    verbs: NETWORK,
  },
  {
    key: "burst",
    flag: "burst",
    env: "SOFER_BURST",
    kind: "number",
    min: 1,
    max: 100_000,
    unit: "requests",
    default: null,
    meaning: "Most requests that go at once after a quiet time; without it a tenth of the rate, at least 1.",
    verbs: NETWORK,
  },
  {
    key: "maxRetries",
    flag: "max-retries",
    env: "SOFER_MAX_RETRIES",
    kind: "integer",
    min: 0,
    max: 100,
    unit: "retries",
    default: 5,
    meaning: "How often one failed request is sent again.",
    verbs: NETWORK,
  },
  {
    key: "initialBackoff",
    flag: "initial-backoff",
    env: "SOFER_INITIAL_BACKOFF",
    kind: "number",
    min: 0,
    max: 3600,
    unit: "s",
    default: 1,
    meaning: "Longest wait before the first retry; it doubles with each further one.",
    verbs: NETWORK,
  },
  {
    key: "timeout",
    flag: "timeout",
    env: "SOFER_TIMEOUT",
    kind: "number",
    min: 0.001,
    max: 86_400,
    unit: "s",
    default: 60,
    meaning: "Longest time one request may take, waiting for its permit not counted.",
    verbs: NETWORK,
  },
  {
    key: "maxOutage",
    flag: "max-outage",
    env: "SOFER_MAX_OUTAGE",
    kind: "number",
    min: 0,
    max: 604_800,
    unit: "s",
    default: 300,
    meaning: "How long a host may be down before the run ends with its progress kept.",
    verbs: NETWORK,
  },
  {
    key: "retryBudget",
    flag: "retry-budget",
    env: "SOFER_RETRY_BUDGET",
    kind: "number",
    min: 0,
    max: 10_000,
    unit: "%",
    default: 100,
    meaning:
      "Retries for every hundred answers, beyond the first hundred retries; a run that needs more is hopeless and ends with its progress kept.",
    verbs: FETCHING,
  },
  {
    key: "maxRequests",
    flag: "max-requests",
    env: "SOFER_MAX_REQUESTS",
    kind: "integer",
    min: 1,
    unit: "requests",
    default: null,
    meaning: "A plan of more requests is refused before the first text.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "maxBytes",
    flag: "max-bytes",
    env: "SOFER_MAX_BYTES",
    kind: "integer",
    min: 1,
    unit: "bytes",
    default: null,
    meaning: "A plan of more bytes is refused before the first text.",
    verbs: ["ingest", "plan"],
  },
  {
    key: "maxResponseMb",
    flag: "max-response-mb",
    env: "SOFER_MAX_RESPONSE_MB",
    kind: "number",
    min: 0.001,
    max: 1024,
    unit: "MB",
    default: 64,
    meaning: "A larger answer is not read to its end but asked for in parts.",
    verbs: NETWORK,
  },
  {
    key: "workerMemoryMb",
    flag: "worker-memory-mb",
    env: "SOFER_WORKER_MEMORY_MB",
    kind: "number",
    min: 1,
    max: 1_048_576,
    unit: "MB",
    default: 512,
    meaning: "A worker process that has grown beyond this is replaced after the units it has in hand.",
    verbs: FETCHING,
  },
  {
    key: "paceFile",
    flag: "pace-file",
    env: "SOFER_PACE_FILE",
    kind: "string",
    unit: "path",
    default: null,
    meaning: "File that keeps each host's pace between runs; without it one file for each user of the machine.",
    verbs: NETWORK,
  },
  {
    key: "exact",
    flag: "exact",
    env: "SOFER_EXACT",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Outline every book so that the plan's numbers are exact, however many books there are.",
    verbs: ["plan"],
  },
  {
    key: "causes",
    flag: "causes",
    env: "SOFER_CAUSES",
    kind: "list",
    unit: "",
    default: [],
    meaning: "Only failures of these causes, as `status --failures` names them; without it, of all.",
    verbs: ["retry", "status"],
  },
  // What is written down.
  {
    key: "logFile",
    flag: "log-file",
    env: "SOFER_LOG_FILE",
    kind: "string",
    unit: "path",
    default: null,
    meaning: "Write every event there as JSON lines.",
    verbs: FETCHING,
  },
  {
    key: "errorLogFile",
    flag: "error-log-file",
    env: "SOFER_ERROR_LOG_FILE",
    kind: "string",
    unit: "path",
    default: null,
    meaning: "Write every failure there as JSON lines.",
    verbs: FETCHING,
  },
  {
    key: "requestLog",
    flag: "request-log",
    env: "SOFER_REQUEST_LOG",
    kind: "string",
    unit: "path",
    default: null,
    meaning: "Write every request sent (sandbox: received) there as JSON lines, with its time.",
    verbs: [...NETWORK, ...SANDBOX],
  },
  // search
  {
    key: "maxResults",
    flag: "max-results",
    env: "SOFER_MAX_RESULTS",
    kind: "integer",
    min: 1,
    max: 10_000,
    unit: "hits",
    default: 20,
    meaning: "Most hits to show.",
    verbs: ["search"],
  },
  // sandbox
  {
    key: "port",
    flag: "port",
    env: "SOFER_PORT",
    kind: "integer",
    min: 0,
    max: 65_535,
    unit: "",
    default: 8613,
    meaning: "Port to listen on; 0 takes any free one.",
    verbs: SANDBOX,
  },
  {
    key: "corpus",
    flag: "corpus",
    env: "SOFER_CORPUS",
    kind: "string",
    unit: "path",
    default: null,
    meaning: "Folder of real books to serve; without it the sandbox generates its own.",
    verbs: SANDBOX,
  },
  {
    key: "latency",
    flag: "latency",
    env: "SOFER_LATENCY",
    kind: "number",
    min: 0,
    max: 600_000,
    unit: "ms",
    default: 0,
    meaning: "How long every answer is held back.",
    verbs: SANDBOX,
  },
  {
    key: "jitter",
    flag: "jitter",
    env: "SOFER_JITTER",
    kind: "number",
    min: 0,
    max: 600_000,
    unit: "ms",
    default: 0,
    meaning: "Most that chance adds to the latency.",
    verbs: SANDBOX,
  },
  {
    key: "seed",
    flag: "seed",
    env: "SOFER_SEED",
    kind: "integer",
    min: 0,
    max: 2 ** 32 - 1,
    unit: "",
    default: 1,
    meaning: "Seed of the generated books and of chance.",
    verbs: SANDBOX,
  },
] as const satisfies readonly SettingEntry[];

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
