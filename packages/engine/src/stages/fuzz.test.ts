import { expect, setDefaultTimeout, test } from "bun:test";
import { shapeOf, TallyCounter, type Leaf, type TextUnit, type VersionMeta } from "@sofer/core";
import { fuzzing, typedOnly } from "@sofer/core/testing";
import * as fc from "fast-check";
import { parseUnit } from "./parse.ts";

setDefaultTimeout(900_000);

const jagged = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    {
      weight: 3,
      arbitrary: fc.oneof(fc.string({ unit: "grapheme", maxLength: 6 }), fc.constantFrom("", " ", null, 7, true)),
    },
    { weight: 5, arbitrary: fc.array(tie("any"), { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 3 }), tie("any"), { maxKeys: 2 }) },
  ),
})).any;

/** Of the raw answer: every string there is. */
function strings(value: unknown, counter: TallyCounter): TallyCounter {
  if (typeof value === "string") counter.add(value);
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) strings(item, counter);
  return counter;
}

const meta = (versionTitle: string, priority: number): VersionMeta => ({
  language: "he",
  versionTitle,
  license: "",
  versionSource: null,
  priority,
  actualLanguage: "he",
  other: {},
});

test("texts of any form are stored to the last string, or the unit fails by name", () => {
  const kinds = fc.record({
    depth: fc.integer({ min: 1, max: 4 }),
    limit: fc.option(fc.nat(12)),
    isBest: fc.boolean(),
    type: fc.constantFrom("Integer", "Talmud", "Folio", "Aliyah"),
  });
  let parsedUnits = 0;
  fc.assert(
    fc.property(fc.array(jagged, { minLength: 1, maxLength: 3 }), kinds, (texts, { depth, limit, isBest, type }) => {
      const leaf: Leaf = {
        title: "Book",
        heTitle: "ספר",
        keys: [],
        order: 0,
        depth,
        addressTypes: Array.from({ length: depth }, () => type as "Integer"),
        sectionNames: [],
        heSectionNames: [],
        offsets: null,
        isDefault: false,
      };
      const unit: TextUnit = {
        kind: "text",
        id: "u",
        bookTitle: "Book",
        nodeId: 1,
        leaf,
        shape: shapeOf(texts[0], depth),
        range: null,
        versions: "all",
        selection: { policy: { kind: isBest ? "best" : "all" }, languages: ["he", "en"], licenses: null },
        decidesBest: true,
        limitSlots: limit,
      };
      const versions = texts.map((text, at) => {
        return { meta: meta(`V${at}`, at), text, raw: strings(text, new TallyCounter()).tally() };
      });
      const parsed = typedOnly(() =>
        parseUnit(unit, { versions, missing: [], neighbours: [], bytes: 0, sourceTag: "" }),
      );
      if (parsed instanceof Error) return;
      parsedUnits++;
      const stored = parsed.parcels.reduce((sum, parcel) => sum + parcel.texts.length, 0);
      const raw = versions.reduce((sum, version) => sum + version.raw.count, 0);
      expect(stored).toBeLessThanOrEqual(raw);
      if (limit === null && !isBest) expect(stored).toBe(raw);
    }),
    fuzzing(400),
  );
  expect(parsedUnits).toBeGreaterThan(50);
});
