import { RUNNING, STEERING, type SettingEntry } from "./entry.ts";

/** Watching and steering. */
export const API = [
  {
    key: "api",
    flag: "api",
    env: "SOFER_API",
    kind: "integer",
    min: 0,
    max: 65_535,
    bare: 8614,
    unit: "",
    default: null,
    meaning: "Port of the status API and the dashboard, which are served while the verb runs; 0 takes any free one.",
    verbs: RUNNING,
  },
  {
    key: "apiHost",
    flag: "api-host",
    env: "SOFER_API_HOST",
    kind: "string",
    unit: "",
    default: "127.0.0.1",
    meaning: "Address the API listens on; any but this machine's own needs SOFER_API_TOKEN in the environment.",
    verbs: RUNNING,
  },
  {
    key: "url",
    flag: "url",
    env: "SOFER_URL",
    kind: "string",
    unit: "URL",
    default: null,
    meaning: "Address of the API of a run; without it, that of the run on the library, if it serves one.",
    verbs: STEERING,
  },
] as const satisfies readonly SettingEntry[];
