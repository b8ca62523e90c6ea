import { describe, expect, test } from "bun:test";
import type { Verb } from "./config.ts";
import { SoferError } from "./errors.ts";
import { resolveSettings, unknownEnvironment, type SettingLayers } from "./settings.ts";

function refusal(layers: SettingLayers, verb?: Verb): SoferError {
  try {
    resolveSettings(layers, verb);
  } catch (error) {
    if (error instanceof SoferError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("resolveSettings", () => {
  test("flags before environment before file before default", () => {
    const settings = resolveSettings({
      flags: { "max-workers": "2" },
      env: { SOFER_MAX_WORKERS: "3", SOFER_TIMEOUT: "30", PATH: "/bin" },
      file: { "max-workers": 4, timeout: 40, rate: 2.5 },
    });
    expect(settings).toMatchObject({ maxWorkers: 2, timeout: 30, rate: 2.5, maxRetries: 5 });
  });

  test("absent values fall through", () => {
    expect(resolveSettings({ flags: { rate: undefined }, env: { SOFER_RATE: "" }, file: { rate: 3 } }).rate).toBe(3);
    expect(resolveSettings({ file: { limit: null } }).limit).toBeNull();
  });

  test("lists: titles keep their commas, languages do not", () => {
    expect(resolveSettings({ flags: { titles: ["Genesis", "Guide, Part 1", "Genesis"] } }).titles).toEqual([
      "Genesis",
      "Guide, Part 1",
    ]);
    expect(resolveSettings({ env: { SOFER_TITLES: "Guide, Part 1;Exodus" } }).titles).toEqual([
      "Guide, Part 1",
      "Exodus",
    ]);
    expect(resolveSettings({ flags: { languages: "en,he" } }).languages).toEqual(["en", "he"]);
    expect(resolveSettings({ flags: { versions: "he|A title" } }).versions).toEqual(["he|A title"]);
  });

  test("booleans and their negation", () => {
    expect(resolveSettings({ flags: { "no-resume": true } }).resume).toBeFalse();
    expect(resolveSettings({ flags: { resume: false, json: "yes" } })).toMatchObject({ resume: false, json: true });
    expect(resolveSettings({ env: { SOFER_COMMENTARIES: "0" } }).commentaries).toBeFalse();
  });
});

describe("what is refused, in one line", () => {
  const table: readonly (readonly [string, SettingLayers, string])[] = [
    [
      "a word for a number",
      { flags: { "max-workers": "ten" } },
      '--max-workers must be a whole number from 1 to 64, not "ten"',
    ],
    ["a fraction", { flags: { limit: "1.5" } }, '--limit must be a whole number of at least 1, not "1.5"'],
    ["nothing for a number", { flags: { rate: "" } }, '--rate must be a number from 0 to 100000, not ""'],
    ["hexadecimal", { flags: { rate: "0x10" } }, '--rate must be a number from 0 to 100000, not "0x10"'],
    [
      "too many",
      { flags: { "max-concurrent-requests": 65 } },
      "--max-concurrent-requests must be a whole number from 1 to 64, not 65",
    ],
    ["a negative", { env: { SOFER_RATE: "-1" } }, 'SOFER_RATE must be a number from 0 to 100000, not "-1"'],
    [
      "an unknown choice",
      { flags: { source: "servise" } },
      '--source must be one of auto, service, bucket, not "servise"',
    ],
    ["an unknown language", { flags: { languages: ["he", "fr"] } }, '--languages must be one of he, en, not "fr"'],
    ["an empty list", { flags: { titles: [] } }, "--titles needs a value"],
    ["an empty text", { flags: { library: " " } }, "--library needs a value"],
    ["no boolean", { env: { SOFER_JSON: "maybe" } }, 'SOFER_JSON must be true or false, not "maybe"'],
    ["no URL", { flags: { "base-url": "sefaria" } }, '--base-url is not a URL: "sefaria"'],
    ["another protocol", { flags: { "base-url": "ftp://x.org" } }, "--base-url must begin with http:// or https://"],
    [
      "a password in an address",
      { flags: { "base-url": "https://me:secret@x.org" } },
      "--base-url holds a user name or a password",
    ],
    [
      "a query in an address",
      { flags: { "bucket-url": "https://x.org/?a=b" } },
      '--bucket-url must have no "?" and no "#"',
    ],
    ["no pace on the publisher", { flags: { rate: "0" } }, "--rate 0 (no pace) is refused on www.sefaria.org"],
    [
      "best and a title",
      { flags: { versions: ["best", "he|A"] } },
      "--versions takes either best, or all, or merged, or titles, not a mixture",
    ],
    ["quiet and verbose", { flags: { quiet: true, verbose: true } }, "--quiet and --verbose exclude each other"],
    ["a file that is no object", { file: [1] }, "the config file must hold one JSON object"],
    [
      "an unknown name in the file",
      { file: { maxworkers: 3 } },
      '"maxworkers" in the config file is not a known setting',
    ],
  ];
  for (const [what, layers, message] of table) {
    test(what, () => {
      const error = refusal(layers);
      expect(error.message).toBe(message);
      expect(error.code).toBe("usage");
    });
  }

  test("an unknown flag, with the nearest", () => {
    const error = refusal({ flags: { "max-worker": "3" } }, "ingest");
    expect(error.message).toBe("--max-worker is not a known setting");
    expect(error.hint).toBe("did you mean --max-workers?");
  });

  test("a flag of another verb, in either form", () => {
    expect(refusal({ flags: { port: "1" } }, "ingest").message).toBe("--port is not a setting of this verb");
    expect(refusal({ flags: { "no-resume": true } }, "search").hint).toBe("it belongs to ingest, plan");
    expect(resolveSettings({ file: { port: 1 }, env: { SOFER_SEED: "2" } }, "ingest")).toMatchObject({
      port: 1,
      seed: 2,
    });
  });

  test("no pace is fine elsewhere", () => {
    expect(resolveSettings({ flags: { rate: "0", "base-url": "http://127.0.0.1:8613" } }).rate).toBe(0);
  });
});

test("names in the environment that only look like settings are found", () => {
  expect(unknownEnvironment({ SOFER_MAXWORKERS: "3", SOFER_RATE: "1", HOME: "/" })).toEqual(["SOFER_MAXWORKERS"]);
});
