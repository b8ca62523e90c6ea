import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SoferError, type SinkRecord } from "@sofer/core";
import { recordOf } from "../testing/records.ts";
import { MAX_METADATA_BYTES, metadataOf, type Metadata } from "./metadata.ts";

const bytesOf = (metadata: Metadata) => Buffer.byteLength(JSON.stringify(metadata));
const withChunk = (changed: Partial<SinkRecord["chunk"]>): SinkRecord => {
  const record = recordOf(2, { dimensions: 3 });
  return { ...record, chunk: { ...record.chunk, ...changed } };
};
const links = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ ref: `Rashi on Generated Book ${at}:1:1`, type: "commentary" }));

describe("metadata of a record", () => {
  test("holds everything a chunk says, in forms that Pinecone takes", () => {
    const record = recordOf(2, { dimensions: 3 });
    const { chunk } = record;
    expect(metadataOf(record)).toEqual({
      contentHash: record.contentHash,
      vectorKey: record.vector?.key ?? "",
      profile: "vector",
      title: chunk.title,
      heTitle: chunk.heTitle,
      categories: chunk.categories,
      language: "he",
      versionTitle: chunk.versionTitle,
      license: "CC-BY",
      ref: chunk.ref,
      heRef: chunk.heRef ?? "",
      refs: chunk.refs,
      spans: ["0-10 Generated Book 2:1", "0-10 Generated Book 2:2", "0-10 Generated Book 2:3"],
      links: ["Rashi on Generated Book 1:1:1"],
      linkTypes: ["commentary"],
      text: chunk.text,
      searchText: chunk.searchText,
      tokens: 12,
      url: chunk.url,
    });
  });

  test("too long a text: its search text is cut, and the record says so", () => {
    const text = "א".repeat(12_000);
    const metadata = metadataOf(withChunk({ text, searchText: text }));
    expect(metadata["trimmed"]).toEqual(["searchText"]);
    expect(metadata["text"]).toBe(text);
    expect(text.startsWith(String(metadata["searchText"]))).toBe(true);
    expect(bytesOf(metadata)).toBeLessThanOrEqual(MAX_METADATA_BYTES);
    expect(bytesOf(metadata)).toBeGreaterThan(MAX_METADATA_BYTES - 10);
  });

  test("thousands of links: cut at the end, with their types beside them", () => {
    const metadata = metadataOf(withChunk({ links: links(3000) }));
    expect(metadata["trimmed"]).toEqual(["links", "linkTypes"]);
    expect(metadata["searchText"]).toBe(withChunk({}).chunk.searchText);
    const kept = metadata["links"] as string[];
    expect(kept.length).toBeGreaterThan(400);
    expect(kept).toEqual(links(kept.length).map(({ ref }) => ref));
    expect((metadata["linkTypes"] as string[]).length).toBe(kept.length);
    expect(metadata["text"]).toBe(withChunk({}).chunk.text);
  });

  test("the text is the last to be cut, between characters", () => {
    const text = "𝔸".repeat(20_000);
    const metadata = metadataOf(withChunk({ text, searchText: text }));
    expect(metadata["trimmed"]).toContain("text");
    const kept = String(metadata["text"]);
    expect(text.startsWith(kept)).toBe(true);
    expect(kept.isWellFormed()).toBe(true);
    expect(kept.length).toBeGreaterThan(15_000);
  });

  test("names that alone are too long fail by name", () => {
    const thrown = (() => {
      try {
        return metadataOf(withChunk({ title: "t".repeat(50_000) }));
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(SoferError);
    expect(thrown).toMatchObject({ code: "bad-item", next: "never" });
  });

  test("whatever the sizes, it fits, says what it cut, and leaves the rest as it is", () => {
    const length = fc.oneof(fc.nat(200), fc.nat(30_000));
    fc.assert(
      fc.property(length, length, fc.nat(2000), fc.nat(2000), fc.constantFrom("א", "a", '"', "\n", "𝔸"), (...given) => {
        const [textLength, searchLength, linkCount, refCount, letter] = given;
        const refs = Array.from({ length: refCount }, (_, at) => `Generated Book ${at}:1`);
        const record = withChunk({
          text: letter.repeat(textLength),
          searchText: letter.repeat(searchLength),
          links: links(linkCount),
          refs,
          spans: refs.map((ref) => ({ ref, start: 0, end: 1 })),
        });
        const metadata = metadataOf(record);
        expect(bytesOf(metadata)).toBeLessThanOrEqual(MAX_METADATA_BYTES);
        const trimmed = (metadata["trimmed"] ?? []) as string[];
        const { chunk } = record;
        if (!trimmed.includes("text")) expect(metadata["text"] ?? "").toBe(chunk.text);
        if (!trimmed.includes("searchText")) expect(metadata["searchText"]).toBe(chunk.searchText);
        if (!trimmed.includes("refs")) expect(metadata["refs"] ?? []).toEqual(refs);
        if (!trimmed.includes("links")) expect(metadata["links"] ?? []).toEqual(chunk.links.map(({ ref }) => ref));
        for (const list of ["links", "refs"] as const) {
          const whole = list === "refs" ? refs : chunk.links.map(({ ref }) => ref);
          const kept = (metadata[list] ?? []) as string[];
          expect(whole.slice(0, kept.length)).toEqual(kept);
        }
        expect(metadata).toMatchObject({ contentHash: record.contentHash, ref: chunk.ref, license: chunk.license });
      }),
      { numRuns: 40 },
    );
  });
});
