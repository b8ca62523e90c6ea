import { VERBS, type SettingEntry } from "./entry.ts";

/** Settings of every verb. */
export const EVERY_VERB = [
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
] as const satisfies readonly SettingEntry[];
