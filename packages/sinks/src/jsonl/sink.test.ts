import { expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SinkSpec } from "@sofer/core";
import { sinkConformance } from "../conformance.ts";
import { recordOf } from "../testing/records.ts";
import { openJsonlSink } from "./sink.ts";

const signal = new AbortController().signal;
const SPEC: SinkSpec = { profile: "vector", space: { model: "test:model", dimensions: 3 } };

function temporaryFile(): Disposable & { readonly path: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "sofer-jsonl-"));
  return {
    folder,
    path: join(folder, "deep", "chunks.jsonl"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** As a reader of the file would do it: the last line of an id counts. */
function readChunks(path: string): Map<string, Record<string, unknown>> {
  const chunks = new Map<string, Record<string, unknown>>();
  for (const line of readFileSync(path, "utf8")
    .split("\n")
    .filter((one) => one !== "")) {
    const value = JSON.parse(line) as Record<string, unknown>;
    if (value["type"] === "chunk") chunks.set(String(value["id"]), value);
    if (value["type"] === "removed") chunks.delete(String(value["id"]));
  }
  return chunks;
}

for (const dimensions of [5, null]) {
  sinkConformance(`jsonl (${dimensions ?? "no"} dimensions)`, {
    dimensions,
    never: ["throttle", "refuse", "down"],
    makeBench: () => {
      const file = temporaryFile();
      return Promise.resolve({
        open: () => Promise.resolve(openJsonlSink(file.path, "jsonl")),
        stored: () =>
          Promise.resolve(
            new Map(
              [...readChunks(file.path)].map(([id, value]) => {
                const vector = value["vector"] as number[] | undefined;
                const stored = {
                  contentHash: String(value["contentHash"]),
                  text: String(value["text"]),
                  vector: vector?.map(Math.fround) ?? null,
                };
                return [id, stored];
              }),
            ),
          ),
        tamper: (id, how) => {
          const lines = readFileSync(file.path, "utf8").split("\n");
          const altered = lines.flatMap((line) => {
            if (!line.includes(`"id":"${id}"`)) return [line];
            return how === "remove" ? [] : [line.replace(/"contentHash":"[^"]*"/, `"contentHash":"${"0".repeat(32)}"`)];
          });
          writeFileSync(file.path, altered.join("\n"));
          return Promise.resolve();
        },
        dispose: () => Promise.resolve(file[Symbol.dispose]()),
      });
    },
  });
}

const records = (from: number, to: number, revision = 0) =>
  Array.from({ length: to - from }, (_, at) => recordOf(from + at, { dimensions: 3, revision }));

test("after a push the file has its header and one line for each chunk, nothing else", async () => {
  using file = temporaryFile();
  const sink = openJsonlSink(file.path, "jsonl");
  await sink.ensure(SPEC, signal);
  await sink.upsert(records(0, 10), signal);
  await sink.upsert(records(0, 5, 1), signal);
  await sink.remove([records(9, 10)[0]?.id ?? ""], signal);
  await sink.close();
  const lines = readFileSync(file.path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(lines[0]).toEqual({ type: "header", format: "sofer-chunks", mapping: 1, ...SPEC });
  expect(lines.slice(1).map((line) => Reflect.get(line, "type"))).toEqual(Array.from({ length: 9 }, () => "chunk"));
  expect(readChunks(file.path).size).toBe(9);
});

test("killed in the middle of a line: the rest of it goes, all before it stays", async () => {
  using file = temporaryFile();
  const killed = openJsonlSink(file.path, "jsonl");
  await killed.ensure(SPEC, signal);
  await killed.upsert(records(0, 4), signal);
  truncateSync(file.path, statSync(file.path).size - 7);
  const next = openJsonlSink(file.path, "jsonl");
  await next.ensure(SPEC, signal);
  expect((await next.scan(null, signal)).holdings.map(({ id }) => id)).toEqual(records(0, 3).map(({ id }) => id));
  await next.upsert(records(3, 6), signal);
  await next.close();
  // It has nothing to write anew; only its handle is still open.
  await killed.close();
  expect([...readChunks(file.path).keys()]).toEqual(records(0, 6).map(({ id }) => id));
});

test("a file that is not ours is left as it is", async () => {
  using file = temporaryFile();
  const path = join(file.folder, "mine.txt");
  writeFileSync(path, "shopping list\n");
  const refusalOf = (file: string) =>
    openJsonlSink(file, "jsonl")
      .ensure(SPEC, signal)
      .then(
        () => "taken",
        (error: unknown) => error,
      );
  expect(await refusalOf(path)).toMatchObject({ code: "mismatch" });
  const sink = openJsonlSink(file.path, "jsonl");
  await sink.ensure(SPEC, signal);
  await sink.close();
  appendFileSync(file.path, "something else\n");
  expect(String(await refusalOf(file.path))).toContain("line 2 is not a line that sofer wrote");
  expect(readFileSync(path, "utf8")).toBe("shopping list\n");
});
