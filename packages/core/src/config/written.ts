import { NETWORK, FETCHING, SANDBOX, type SettingEntry } from "./entry.ts";

/** What is written down. */
export const WRITTEN = [
  {
    key: "ignoreDiskSpace",
    flag: "ignore-disk-space",
    env: "SOFER_IGNORE_DISK_SPACE",
    kind: "boolean",
    unit: "",
    default: false,
    meaning: "Begin, and go on, although the disk has less room than the library is likely to need.",
    verbs: FETCHING,
  },
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
] as const satisfies readonly SettingEntry[];
