import { expect, test } from "bun:test";
import fc from "fast-check";
import { packChunks, unpackChunks } from "./packed-chunks.ts";

const number = fc.integer({ min: 0, max: 0xffffffff });
const chunk = fc.record({
  key: fc.stringMatching(/^[0-9a-f]{32}$/),
  profile: fc.constantFrom("small", "large", "other"),
  tokens: number,
  spans: fc.array(fc.record({ segment: number, start: number, end: number })),
});

test("chunks come out as they were packed", () => {
  fc.assert(
    fc.property(fc.array(chunk), (chunks) => {
      expect(unpackChunks(structuredClone(packChunks(chunks)))).toEqual(chunks);
    }),
  );
});
