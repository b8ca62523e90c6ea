import { NETWORK, FETCHING, SANDBOX, type SettingEntry } from "./entry.ts";

/** What is written down, and shown. */
export const WRITTEN = [
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
] as const satisfies readonly SettingEntry[];
