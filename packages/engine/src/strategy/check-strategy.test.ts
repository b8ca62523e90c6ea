import { expect, test } from "bun:test";
import { defaultSettings, SoferError } from "@sofer/core";
import { checkStrategy } from "./check-strategy.ts";

const SANDBOX = { ...defaultSettings(), baseUrl: "http://127.0.0.1:8613" };

test.each(["https://www.sefaria.org", "https://sefaria.org.il", "https://library.sefaria.org:443"])(
  "a walk is refused on %s, whatever the pace; few requests are not",
  (baseUrl) => {
    const walk = () => checkStrategy({ ...defaultSettings(), baseUrl, strategy: "walk-processes", rate: 1 });
    expect(walk).toThrow(SoferError);
    expect(walk).toThrow("asks not to be walked");
    expect(() => checkStrategy({ ...defaultSettings(), baseUrl })).not.toThrow();
  },
);

test("on a host of one's own it may walk, by the service", () => {
  for (const source of ["auto", "service"] as const) {
    expect(() => checkStrategy({ ...SANDBOX, source, strategy: "walk-threads" })).not.toThrow();
  }
  expect(() => checkStrategy({ ...SANDBOX, source: "bucket", strategy: "walk-threads" })).toThrow("exclude each other");
  const merged = { ...SANDBOX, versions: ["merged"], strategy: "walk-threads" } as const;
  expect(() => checkStrategy(merged)).toThrow("no merged versions");
  expect(() => checkStrategy({ ...SANDBOX, source: "bucket" })).not.toThrow();
});
