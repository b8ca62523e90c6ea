import { expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_PARCEL_SEGMENTS, MAX_PARCEL_UNITS, type Leaf } from "@sofer/core";
import { rangesOf } from "./finish-chunks.ts";

const leafOfDepth = (depth: number): Leaf => ({
  title: "Aleph",
  heTitle: "אלף",
  keys: [],
  order: 0,
  depth,
  addressTypes: [],
  sectionNames: [],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
});

const size = fc.record({
  gap: fc.integer({ min: 1, max: 3 }),
  texts: fc.integer({ min: 1, max: 9_000 }),
  units: fc.integer({ min: 0, max: 1_500_000 }),
});

test("ranges of a leaf meet, hold each section once, and are no larger than a parcel but for one large section", () => {
  fc.assert(
    fc.property(fc.array(size, { maxLength: 40 }), (sizes) => {
      let section = -1;
      const sections = sizes.map(({ gap, ...one }) => ({ section: (section += gap), ...one }));
      const ranges = rangesOf(leafOfDepth(2), sections);
      const [only] = ranges;
      let next = 0;
      const inside: number[] = [];
      for (const range of ranges) {
        const [from, to] = range === null ? [0, 0xffff_fffe] : [range.from[0] ?? -1, range.to[0] ?? -1];
        expect(from).toBe(next);
        next = to + 1;
        const own = sections.filter((one) => one.section >= from && one.section <= to);
        inside.push(...own.map((one) => one.section));
        const texts = own.reduce((sum, one) => sum + one.texts, 0);
        const units = own.reduce((sum, one) => sum + one.units, 0);
        if (own.length > 1) expect(texts <= MAX_PARCEL_SEGMENTS && units <= MAX_PARCEL_UNITS).toBeTrue();
      }
      expect(next).toBe(0xffff_ffff);
      expect(inside).toEqual(sections.map((one) => one.section));
      if (ranges.length === 1) expect(only).toBeNull();
    }),
  );
  expect(rangesOf(leafOfDepth(1), [{ section: 0, texts: 1e6, units: 1e9 }])).toEqual([null]);
});
