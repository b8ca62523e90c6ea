import { expect, test } from "bun:test";
import type { FailureRow } from "@sofer/store";
import { byCause, failedPlace, failureLine, renderFailures } from "./failures.ts";

const row = (more: Partial<FailureRow>): FailureRow => ({
  title: "Ruth",
  place: "Ruth 1",
  unitId: "u",
  code: "timeout",
  message: "no answer within 3 s",
  hint: "raise --timeout",
  causes: [],
  url: null,
  attempts: 1,
  firstAt: 0,
  lastAt: 0,
  ...more,
});

test("a place is said once", () => {
  expect(failureLine("Ruth", "failed", "HTTP 500")).toBe("Ruth: failed: HTTP 500");
  expect(failureLine("Ruth 1", "failed", "Ruth 1 cannot be asked")).toBe("Ruth 1: failed: cannot be asked");
  expect(failureLine("Ruth", "wrong-ref", '"Ruth" is answered with "Amos"')).toBe(
    'Ruth: wrong-ref: is answered with "Amos"',
  );
  expect(failureLine("Ruth", "failed", "Ruthless")).toBe("Ruth: failed: Ruthless");
  const places = ["Ruth", "Ruth 1", "Ruth, Part 2", "Ruthless", ""];
  expect(places.map((place) => failedPlace({ title: "Ruth", place }))).toEqual([
    "Ruth",
    "Ruth 1",
    "Ruth, Part 2",
    "Ruth Ruthless",
    "Ruth",
  ]);
});

test("sums by cause, the most frequent first, with the way out that most have", () => {
  const rows = [row({}), row({ title: "Amos" }), row({ code: "tls", hint: "" }), row({ hint: "other" })];
  expect(byCause(rows)).toEqual([
    { code: "timeout", failures: 3, titles: ["Ruth", "Amos"], wayOut: "raise --timeout" },
    { code: "tls", failures: 1, titles: ["Ruth"], wayOut: "" },
  ]);
});

test("all of a failure is shown, and nothing in it is obeyed", () => {
  const shown = renderFailures([
    row({ causes: ["first", "second\nat line 1"], url: "http://host/", attempts: 3, lastAt: 86_400_000 }),
    row({ place: "Ruth 2\u001b[2J", message: "a\nno failures" }),
  ]);
  for (const part of [
    "2 failures, by cause:",
    "because first",
    "because second",
    "what to do: raise --timeout",
    "http://host/",
  ])
    expect(shown).toContain(part);
  expect(shown).toContain("failed in 3 runs, first 1970-01-01 00:00:00 UTC, last 1970-01-02 00:00:00 UTC");
  expect(shown).toContain("timeout: a no failures");
  expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  expect(renderFailures([])).toBe("no failures");
});
