import { expect, test } from "bun:test";
import { defaultRate, isPublisherHost, paceFor } from "./host-pace.ts";

test("the publisher's hosts, and those that only look like them", () => {
  for (const host of [
    "sefaria.org",
    "www.sefaria.org",
    "WWW.Sefaria.org:443",
    "www.sefaria.org.il",
    "api.sefaria.org.",
  ]) {
    expect(isPublisherHost(host)).toBeTrue();
  }
  for (const host of ["notsefaria.org", "sefaria.org.example.com", "sefaria.com", "127.0.0.1:8613", ""]) {
    expect(isPublisherHost(host)).toBeFalse();
  }
});

test("one request a second on the publisher, ten per worker elsewhere", () => {
  expect(defaultRate("www.sefaria.org", 10)).toBe(1);
  expect(defaultRate("localhost:8613", 4)).toBe(40);
});

test("burst is a tenth of the rate, at least one", () => {
  const unset = { rate: null, burst: null, maxWorkers: null };
  expect(paceFor("www.sefaria.org", unset)).toEqual({ ratePerSecond: 1, burst: 1 });
  expect(paceFor("localhost", unset)).toEqual({ ratePerSecond: 100, burst: 10 });
  expect(paceFor("www.sefaria.org", { ...unset, rate: 20, burst: 5 })).toEqual({ ratePerSecond: 20, burst: 5 });
});

test("no pace is refused on the publisher only", () => {
  const none = { rate: 0, burst: null, maxWorkers: 1 };
  expect(() => paceFor("www.sefaria.org", none)).toThrow("--rate 0 (no pace) is refused on www.sefaria.org");
  expect(paceFor("localhost", none).ratePerSecond).toBe(0);
});
