import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FieldCell, FieldMeasured, FieldRun } from "../field/measure.ts";
import { renderBarChart } from "./bar-chart.ts";
import { fieldChart } from "./charts.ts";
import { drawPictures } from "./draw.ts";

const run: FieldRun = {
  wallSeconds: 4,
  cpuSeconds: 3,
  memory: null,
  loadBefore: 0,
  exitCode: 0,
  requests: 50,
  bytes: 2 ** 20,
  maxInFlight: 9,
  connections: 20,
  delivered: { places: 200, texts: 300 },
  isWhole: true,
};
const cell = (contender: string, isOurs: boolean, change: Partial<FieldRun>): FieldCell => ({
  latencyMs: 50,
  ratePerSecond: 10,
  contender,
  isOurs,
  runs: [{ ...run, ...change }],
  watched: run,
});
const field = (isWhole: boolean): FieldMeasured => ({
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  books: 12,
  expected: 200,
  isLinked: true,
  absent: [],
  cells: [cell("ours", true, { isWhole }), cell("a walker", false, { wallSeconds: 80, isWhole: null })],
});

describe("a chart", () => {
  test("has bars as long as their values, on a scale of the longest", () => {
    const svg = renderBarChart(fieldChart(field(true), "wallSeconds"));
    const widths = [...svg.matchAll(/<rect class="(ours|other)" [^>]*width="([\d.]+)"/g)].map(([, kind, width]) => [
      kind,
      Number(width),
    ]);
    expect(widths).toEqual([
      ["ours", 21.5],
      ["other", 430],
    ]);
    expect(svg).toContain("50 ms latency, 10 requests/s in all");
    expect(svg).toContain("prefers-color-scheme: dark");
  });

  test("has no bar for what is not proven", () => {
    expect(renderBarChart(fieldChart(field(false), "wallSeconds"))).not.toContain('class="ours"');
  });

  test("cannot be broken by a name", () => {
    const bars = [{ label: '<script> & "', value: 1, text: "<", kind: "ours" as const }];
    const svg = renderBarChart({ title: "<t>", note: "&", groups: [{ name: "<g>", bars }] });
    expect(svg).toContain("&lt;script&gt; &amp; &quot;");
    expect(svg).not.toMatch(/<(?:script|t|g)>/);
  });
});

describe("pictures of a folder", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sofer-pictures-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are drawn where there are figures, and named where there are none", async () => {
    await Bun.write(join(folder, "field.json"), JSON.stringify(field(true)));
    const drawn = await drawPictures(folder);
    expect(drawn.filter(({ why }) => why === null).map(({ name }) => name)).toEqual(["field.svg", "requests.svg"]);
    expect(drawn.find(({ name }) => name === "floor.svg")?.why).toBe("floor.json is not there");
    expect(readFileSync(join(folder, "requests.svg"), "utf8")).toStartWith("<svg ");
    expect(existsSync(join(folder, "floor.svg"))).toBe(false);
  });
});
