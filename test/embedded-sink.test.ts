import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sinkConformance } from "@sofer/sinks/conformance";
import { openEmbeddedSink, vectorsPath } from "@sofer/store";

// The embedded store is the library's own, and keeps the same contract as the others, with and without the extension.
for (const isExact of [false, true]) {
  sinkConformance(`embedded (${isExact ? "extensions do not load" : "with the extension"})`, {
    dimensions: 12,
    never: ["throttle", "refuse", "down"],
    makeBench: () => {
      const folder = mkdtempSync(join(tmpdir(), "sofer-embedded-"));
      const library = join(folder, "library.sqlite");
      const change = (sql: string, chunk: string) => {
        using database = new Database(vectorsPath(library));
        database.query(sql).run(Uint8Array.fromHex(chunk));
      };
      return Promise.resolve({
        open: () => Promise.resolve(openEmbeddedSink(library, "embedded", { isExact })),
        stored: () => Promise.resolve(storedIn(vectorsPath(library))),
        tamper: (chunk, how) => {
          if (how === "remove") change("DELETE FROM held WHERE chunk = ?", chunk);
          else change("UPDATE held SET content_hash = zeroblob(16) WHERE chunk = ?", chunk);
          return Promise.resolve();
        },
        dispose: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
      });
    },
  });
}

function storedIn(path: string) {
  using database = new Database(path);
  const rows = database
    .query<{ chunk: string; hash: string; numbers: Uint8Array }, []>(
      `SELECT lower(hex(chunk)) AS chunk, lower(hex(content_hash)) AS hash, numbers
       FROM held JOIN vector ON vector.id = vector_id`,
    )
    .all();
  return new Map(
    rows.map(({ chunk, hash, numbers }) => {
      const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      const vector = Array.from({ length: numbers.byteLength / 4 }, (_, at) => view.getFloat32(at * 4, true));
      return [chunk, { contentHash: hash, text: null, vector }];
    }),
  );
}
