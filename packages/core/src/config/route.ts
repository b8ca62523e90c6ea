import { NETWORK, type SettingEntry } from "./entry.ts";

/** An honest name, so that the publisher can see who asks and where to complain. */
export const DEFAULT_USER_AGENT = "sofer/0.1.0 (Sefaria library ingester; set --user-agent to add your contact)";

/** Where from. */
export const ROUTE = [
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
    key: "strategy",
    flag: "strategy",
    env: "SOFER_STRATEGY",
    kind: "enum",
    choices: ["few", "walk-threads", "walk-processes"],
    unit: "",
    default: "few",
    meaning:
      "How texts are asked of the web service: in few large requests, or, only to be compared with, section by section as other programs do (slower, and heavier for the host; refused on sefaria.org): with one request per segment in one process, or three per section in many.",
    verbs: ["ingest", "plan"],
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
] as const satisfies readonly SettingEntry[];
