import { describe, expect, test } from "bun:test";
import { defaultSettings, SETTINGS, settingsOf, VERBS } from "./config.ts";
import { parseSetting, resolveSettings } from "./settings.ts";

function camelCase(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

describe("the table", () => {
  for (const entry of SETTINGS) {
    test(`${entry.flag} has one name in three spellings, a sentence and a verb`, () => {
      expect(entry.flag).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(String(entry.key)).toBe(camelCase(entry.flag));
      expect(String(entry.env)).toBe(`SOFER_${entry.flag.toUpperCase().replaceAll("-", "_")}`);
      expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
      expect(entry.verbs.length).toBeGreaterThan(0);
      expect(entry.kind === "enum" ? (entry.choices?.length ?? 0) : 1).toBeGreaterThan(0);
    });

    test(`${entry.flag}'s default is a value it would take`, () => {
      const { default: value } = entry;
      if (Array.isArray(value) && value.length === 0) expect(entry.kind).toBe("list");
      else expect(parseSetting(entry, value)).toEqual(value);
    });
  }

  test("names are unique, and none is another's negation", () => {
    const flags = SETTINGS.map(({ flag }) => flag);
    expect(new Set(flags).size).toBe(flags.length);
    expect(flags.filter((flag) => flag.startsWith("no-"))).toEqual([]);
  });

  test("every verb has a library, and the settings of its own", () => {
    for (const verb of VERBS) expect(settingsOf(verb).map(({ key }) => key)).toContain("library");
    expect(settingsOf("sandbox").map(({ key }) => key)).toContain("latency");
    expect(settingsOf("search").map(({ key }) => key)).not.toContain("maxWorkers");
  });
});

test("defaults are those of the design", () => {
  const settings = defaultSettings();
  expect(settings).toMatchObject({
    library: ".sofer/library.sqlite",
    titles: [],
    commentaries: true,
    maxWorkers: null,
    maxConcurrentRequests: 50,
    rate: null,
    burst: null,
    maxRetries: 5,
    initialBackoff: 1,
    timeout: 60,
    source: "auto",
    baseUrl: "https://www.sefaria.org",
    versions: ["best"],
    languages: ["he", "en"],
    licenses: null,
    maxResponseMb: 64,
    resume: true,
    overwrite: false,
  });
  expect(resolveSettings({})).toEqual(settings);
});
