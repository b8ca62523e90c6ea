import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import { tempDir } from "../support.ts";
import { EVERYTHING, note, startIngest } from "./support.ts";

const WORKERS = 10;
const EACH = 50;
const BOOKS = 2_300;

const folder = tempDir();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({
    library: generateLibrary({ seed: "concurrency", books: BOOKS, scale: 0.1 }),
    latencyMs: 200,
  });
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

test(`${WORKERS} workers x ${EACH} keep their requests in flight, on no more connections than that`, async () => {
  const workers = ["--max-workers", String(WORKERS), "--max-concurrent-requests", String(EACH)];
  const library = folder.file("library.sqlite");
  const run = startIngest(folder, { url: sandbox.url, library, titles: EVERYTHING, more: ["--rate", "0", ...workers] });
  // The outlines come first; from the first text on, the most in flight at once is the texts' own.
  let inTexts = 0;
  const sampling = setInterval(() => {
    const now = sandbox.stats();
    if (now.requests.texts >= WORKERS * EACH) inTexts = Math.max(inTexts, now.inFlight);
  }, 10);
  const { code, stderr } = await run.ended();
  clearInterval(sampling);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const stats = sandbox.stats();
  note(
    `in flight ${stats.maxInFlight} at most, ${inTexts} among texts; ${stats.connections} connections; ${JSON.stringify(stats.requests)}`,
  );
  expect(stats.requests.texts).toBeGreaterThanOrEqual(2_000);
  expect(stats.maxInFlight).toBeGreaterThanOrEqual(450);
  expect(inTexts).toBeGreaterThanOrEqual(450);
  expect(stats.maxInFlight).toBeLessThanOrEqual(WORKERS * EACH);
  expect(stats.connections).toBeLessThanOrEqual(WORKERS * EACH);
});
