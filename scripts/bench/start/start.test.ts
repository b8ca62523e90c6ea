import { expect, setDefaultTimeout, test } from "bun:test";
import { HELP, measureStart, NOTHING, STATUS, type MeasuredStart, type Start } from "./measure.ts";
import { isPrompt, renderStartReport, startRatios } from "./report.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

const start = (firstMs: number): Start => ({ firstMs, wallMs: firstMs + 5, cpuMs: firstMs });
const measured: MeasuredStart = {
  date: "2026-01-01",
  machine: { cpu: "some processor", cores: 2, memoryBytes: 2 ** 33, system: "linux 6", bun: "1.4.5" },
  loadBefore: 0,
  commands: [
    { name: NOTHING, starts: [10, 20, 12].map(start) },
    { name: HELP, starts: [79, 60, 500].map(start) },
    { name: STATUS, starts: [149, 150, 120].map(start) },
  ],
};

test("medians are judged, and compared with the runtime alone", () => {
  expect([...startRatios(measured).values()].map((ratio) => ratio.toFixed(2))).toEqual(["6.58", "12.42"]);
  expect([...startRatios(measured, "cpuMs").values()].map((ratio) => ratio.toFixed(2))).toEqual(["6.58", "12.42"]);
  expect(isPrompt(measured)).toBe(true);
  expect(renderStartReport(measured)).toMatch(
    /^sofer --help +79 ms .*; 6\.6x bun -e 'console\.log\(\)'; below 80 ms: yes$/m,
  );
  const [nothing, help, status] = measured.commands;
  if (nothing === undefined || help === undefined || status === undefined) throw new Error("three were given");
  const slow = { ...measured, commands: [nothing, { ...help, starts: [start(80)] }, status] };
  expect(isPrompt(slow)).toBe(false);
  expect(renderStartReport(slow)).toContain("below 80 ms: NO");
  expect(isPrompt({ ...measured, commands: [nothing, help] })).toBe(false);
});

test("every command is really started, each verb's help among them", async () => {
  const { commands } = await measureStart({ runs: 1, verbs: true });
  const names = commands.map(({ name }) => name);
  expect(names).toContain("sofer ingest --help");
  expect(names).toContain("sofer sandbox --help");
  for (const { starts } of commands) {
    expect(starts.length).toBe(1);
    expect(starts[0]?.cpuMs).toBeGreaterThan(0);
    expect(starts[0]?.wallMs).toBeGreaterThanOrEqual(starts[0]?.firstMs ?? Infinity);
  }
});
