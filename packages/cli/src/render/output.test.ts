import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const OUTPUT = join(import.meta.dir, "output.ts");

/** Writes a million lines, and says on stderr how it ended. */
const WRITER = `
  import { Output, ReaderGone } from ${JSON.stringify(OUTPUT)};
  const output = new Output();
  try {
    for (let line = 0; line < 1_000_000; line++) output.line("line " + line);
    output.flush();
    console.error("all written");
  } catch (error) {
    console.error(error instanceof ReaderGone ? "reader gone" : String(error));
  }
`;

function pipeInto(reader: string): { out: string; err: string } {
  const ended = Bun.spawnSync(["sh", "-c", `"$0" -e "$1" | ${reader}`, process.execPath, WRITER]);
  return { out: ended.stdout.toString(), err: ended.stderr.toString().trim() };
}

test("a reader that has enough ends the writer at once", () => {
  expect(pipeInto("head -2")).toEqual({ out: "line 0\nline 1\n", err: "reader gone" });
});

test("a slow reader gets every line", () => {
  expect(pipeInto("(sleep 0.2; wc -l)")).toEqual({ out: "1000000\n", err: "all written" });
});
