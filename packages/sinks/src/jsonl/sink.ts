import { SoferError, type Sink, type SinkRecord, type SinkSpec } from "@sofer/core";
import { chunkLine, JSONL_MAPPING, removedLine } from "./lines.ts";
import { LineFile } from "./line-file.ts";

/** Ids of a page of `scan`. */
const PAGE = 1_000;

/** A file of JSON lines as a sink. Its index of ids is in memory: some 150 bytes for each chunk. */
export function openJsonlSink(path: string, name: string): Sink {
  let file: LineFile | null = null;
  let ids: string[] = [];
  const opened = (): LineFile => {
    if (file === null) throw new SoferError("internal", "ensure comes before the first record");
    return file;
  };
  return {
    name,
    mapping: JSONL_MAPPING,
    limits: { maxRecords: 1_000, maxBytes: 8 * 1024 * 1024, maxIds: 10_000 },
    host: null,
    // Up to fourteen characters for a number and its comma; two bytes for a letter of Hebrew, twice in a line.
    sizeOf: ({ chunk, vector }) =>
      1_000 + 2 * (chunk.text.length + chunk.searchText.length) + 14 * (vector?.values.length ?? 0),
    async describe(signal) {
      signal.throwIfAborted();
      const there = file ?? (await LineFile.open(path));
      if (there === null) return { exists: false, records: null, dimensions: null, mapping: null };
      const { spec, size } = there;
      if (there !== file) await there.close();
      return { exists: true, records: size, dimensions: spec.space?.dimensions ?? null, mapping: JSONL_MAPPING };
    },
    async ensure(spec, signal) {
      signal.throwIfAborted();
      file ??= await LineFile.open(path);
      if (file !== null && !isSame(file.spec, spec)) {
        if (file.size > 0) throw otherSpec(path, file.spec, spec);
        await file.close();
        file = null;
      }
      if (file !== null) return;
      await LineFile.create(path, spec);
      file = await LineFile.open(path);
    },
    async upsert(records, signal) {
      signal.throwIfAborted();
      const outcomes = records.map((record) => refusalOf(record, opened().spec));
      const lines = records
        .filter((_, at) => outcomes[at] === null)
        .map((record) => {
          const { id, contentHash } = record;
          return { text: chunkLine(record), line: { type: "chunk", id, contentHash } as const };
        });
      await opened().append(lines);
      return outcomes;
    },
    async remove(wanted, signal) {
      signal.throwIfAborted();
      const there = wanted.filter((id) => opened().index.has(id));
      if (there.length === 0) return;
      await opened().append(there.map((id) => ({ text: removedLine(id), line: { type: "removed", id } as const })));
    },
    settle: () => Promise.resolve(),
    scan(from, signal) {
      signal.throwIfAborted();
      const { index } = opened();
      if (from === null) ids = [...index.keys()];
      const at = Number(from ?? 0);
      const holdings = ids.slice(at, at + PAGE).flatMap((id) => {
        const placed = index.get(id);
        return placed === undefined ? [] : [{ id, contentHash: placed.contentHash }];
      });
      return Promise.resolve({ holdings, next: at + PAGE < ids.length ? String(at + PAGE) : null });
    },
    async close() {
      await file?.close();
      file = null;
    },
  };
}

function isSame(held: SinkSpec, wanted: SinkSpec): boolean {
  const { space } = held;
  return (
    held.profile === wanted.profile &&
    space?.model === wanted.space?.model &&
    space?.dimensions === wanted.space?.dimensions
  );
}

function refusalOf({ vector }: SinkRecord, { space }: SinkSpec): SoferError | null {
  const has = vector?.values.length ?? null;
  if (has === (space?.dimensions ?? null)) return null;
  return new SoferError(
    "bad-item",
    `the record's vector has ${has ?? "no"} dimensions, the file's ${space?.dimensions ?? "none"}`,
  );
}

function otherSpec(path: string, held: SinkSpec, wanted: SinkSpec): SoferError {
  const said = ({ profile, space }: SinkSpec) =>
    `the profile ${profile} ${space === null ? "without vectors" : `with vectors of ${space.model}, ${space.dimensions} dimensions`}`;
  return new SoferError("mismatch", `${path} holds ${said(held)}, not ${said(wanted)}`, {
    hint: "name another file, or empty it first with push --empty",
  });
}
