import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { measureStages, type MeasuredStages, type Pass } from "./measure.ts";
import { renderStagesReport, stagesOf } from "./report.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(60_000);

const RATE = /MB\/s|rows\/s|of the run's CPU/;
const options = { corpus: null, workers: 2, books: 2, latencyMs: 0, rounds: 1 };
const STAGES = [
  "parse",
  "count again, raw",
  "pass between processes",
  "pass to a thread",
  "clean",
  "load the tokenizer",
  "count tokens",
  "chunk",
  "write",
  "index",
];

test("every stage is measured over every text of a library that verified", async () => {
  const measured = await measureStages(options);
  const [round] = measured.rounds;
  expect(round?.stages?.rows).toBe(round?.ours.segments);
  expect(round?.stages?.passes.map(({ name }) => name)).toEqual(STAGES);
  expect(round?.stages?.passes.every(({ cpuSeconds, wallSeconds }) => cpuSeconds > 0 && wallSeconds > 0)).toBe(true);
  expect(renderStagesReport(measured)).toMatch(RATE);

  // The same figures, three times as long in a second round: medians of two are means.
  if (round?.stages === undefined || round.stages === null) throw new Error("the round has no stages");
  const pass: Pass = { name: "parse", wallSeconds: 1, cpuSeconds: 2, rows: 500, bytes: 2 ** 20 };
  const slower = { ...pass, wallSeconds: 3, cpuSeconds: 6 };
  const rounds = [pass, slower].map((one) => ({
    ours: { ...round.ours, cpuSeconds: 20 },
    stages: { rows: 500, bytes: 2 ** 20, passes: [one] },
  }));
  const two: MeasuredStages = { ...measured, rounds };
  expect(stagesOf(two)).toEqual([{ ...pass, wallSeconds: 2, cpuSeconds: 4, share: 0.2 }]);
  const text = renderStagesReport(two);
  expect(text).toContain("20.0 % of the run's CPU; 4.00 s CPU, 2.00 s wall; 0.50 MB/s, 250 rows/s");
  expect(text).toMatch(/^the rest +80\.0 %/m);
});

test("tampered with before verify: no stage is measured, nothing is shared out", async () => {
  const measured = await measureStages({
    ...options,
    workers: 1,
    books: 1,
    rounds: 2,
    beforeVerify(library) {
      const database = new Database(library);
      expect(database.query("UPDATE segment_text SET text = text || '.' WHERE id = 1").run().changes).toBe(1);
      database.close();
    },
  });
  expect(measured.rounds.map(({ stages }) => stages)).toEqual([null]);
  expect(renderStagesReport(measured)).not.toMatch(RATE);
});
