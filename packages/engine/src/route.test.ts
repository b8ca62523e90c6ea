import { expect, test } from "bun:test";
import { defaultSettings, type Settings } from "@sofer/core";
import { chooseRoute, contentsSource } from "./route.ts";
import { paceOnHost } from "./run-settings.ts";

const settings = (more: Partial<Settings> = {}): Settings => ({ ...defaultSettings(), ...more });
const elsewhere = { baseUrl: "http://127.0.0.1:1" };
const both = { ...elsewhere, bucketUrl: "http://127.0.0.1:1" };

test.each([
  ["12 books of the publisher", {}, 12, "service", "bucket"],
  ["13 books of the publisher", {}, 13, "bucket", "bucket"],
  ["many books of another host", elsewhere, 1000, "service", "service"],
  ["many books of another host with a bucket", both, 1000, "bucket", "bucket"],
  ["merged texts", { versions: ["merged"] }, 1, "bucket", "bucket"],
  ["as was said", { source: "service" as const }, 1000, "service", "service"],
  ["as was said", { source: "bucket" as const }, 1, "bucket", "bucket"],
] as const)("%s", (_what, more, books, texts, contents) => {
  const route = chooseRoute(settings(more), books);
  expect(route.source).toBe(texts);
  expect(route.why).not.toBe("");
  expect(contentsSource(settings(more))).toBe(contents);
});

test("no pace on the bucket unless one is asked for; the service's where one address is both", () => {
  const rate = (more: Partial<Settings>, host: string, source: "service" | "bucket") =>
    paceOnHost(settings(more), host, source).ratePerSecond;
  expect(rate({}, "storage.googleapis.com", "bucket")).toBe(0);
  expect(rate({ rate: 3 }, "storage.googleapis.com", "bucket")).toBe(3);
  expect(rate({}, "www.sefaria.org", "service")).toBe(1);
  expect(rate(both, "127.0.0.1:1", "bucket")).toBe(0);
  expect(rate(both, "127.0.0.1:1", "service")).toBe(100);
});
