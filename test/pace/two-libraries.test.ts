import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { generateLibrary, startSandbox } from "@sofer/sandbox";
import { jsonLines, tempDir } from "../support.ts";
import { EVERYTHING, mostInWindow, note, startIngest } from "../long/support.ts";

const SECONDS = 20;
const RATE = 40;
const BURST = 4;
/** Times as a process reads them may be late by as much as the machine kept it from running. */
const SLACK = 1.1;

interface Sent {
  readonly sentAt: number;
}

test("two libraries brought at once on one machine share the pace of the host", async () => {
  const books = SECONDS * RATE * 2;
  const sandbox = await startSandbox({
    library: generateLibrary({ seed: "shared", books, scale: 0.1 }),
    latencyMs: 30,
  });
  using folder = tempDir();
  try {
    const runs = ["one", "two"].map((name) => {
      const parts = { url: sandbox.url, library: folder.file(`${name}.sqlite`), titles: EVERYTHING };
      const paced = ["--rate", String(RATE), "--burst", String(BURST), "--max-workers", "2"];
      return { name, ...startIngest(folder, { ...parts, more: [...paced, "--request-log", folder.file(name)] }) };
    });
    while (sandbox.stats().requests.index < 2) await Bun.sleep(10);
    await Bun.sleep(SECONDS * 1_000);
    for (const { child } of runs) child.kill("SIGINT");
    for (const run of runs) expect((await run.ended()).code).toBe(130);
    const sent = runs.map(({ name }) =>
      jsonLines<Sent>(readFileSync(folder.file(name), "utf8")).map(({ sentAt }) => sentAt),
    );
    const all = sent.flat().toSorted((a, b) => a - b);
    const most = mostInWindow(all, 1_000);
    note(
      `${sent.map((times) => times.length).join(" + ")} requests; at most ${most} in a second, ${RATE + BURST} allowed`,
    );
    expect(most).toBeLessThanOrEqual(Math.floor((RATE + BURST) * SLACK));
    // Neither keeps the other from its share for good.
    for (const times of sent) expect(times.length).toBeGreaterThan(all.length / 10);
  } finally {
    await sandbox.stop();
  }
});
