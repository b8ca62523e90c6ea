import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { createLineWriter } from "./line-writer.ts";

setDefaultTimeout(60_000);

test("lines that nobody reads are bounded, and what was left out is said", () => {
  const written: string[] = [];
  const readers: (() => void)[] = [];
  const say = createLineWriter({ write: (text, done) => (written.push(text), readers.push(done)) }, 20);
  for (let line = 0; line < 10; line++) say(`line ${line}`);
  expect(written).toEqual(["line 0\n", "line 1\n", "line 2\n"]);
  for (const read of readers.splice(0)) read();
  say("line 10");
  expect(written.slice(3)).toEqual([
    "7 lines were left out here: nobody read what was written before them\n",
    "line 10\n",
  ]);
});

test("a real pipe whose reader stands still takes no more memory than that", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sofer-lines-"));
  const script = join(folder, "talk.ts");
  const module = JSON.stringify(join(import.meta.dir, "line-writer.ts"));
  writeFileSync(
    script,
    `import { createLineWriter } from ${module};
let unread = 0;
const say = createLineWriter({
  write: (text, done) => {
    unread += text.length;
    process.stderr.write(text, () => {
      unread -= text.length;
      done();
    });
  },
});
for (let line = 0; line < 20_000; line++) say("x".repeat(1_000));
process.stdout.write(String(unread) + "\\n");
process.stdin.once("data", async () => {
  while (unread > 0) await Bun.sleep(5);
  say("the end");
  process.stdin.pause();
});`,
  );
  const child = Bun.spawn([process.execPath, script], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const unread = Number(new TextDecoder().decode(value));
  expect(unread).toBeGreaterThan(500_000);
  expect(unread).toBeLessThan(1_100_000);
  const said = new Response(child.stderr).text();
  await child.stdin.write("go on\n");
  await child.stdin.end();
  expect((await said).trimEnd().split("\n").at(-1)).toBe("the end");
  await child.exited;
  rmSync(folder, { recursive: true });
});
