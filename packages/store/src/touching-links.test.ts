import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { comparePaths, formatRange, type Path } from "@sofer/core";
import { addBook, leafOfTitle, smallLibrary, versionOf } from "./testing/small-library.ts";
import { linksTouching } from "./touching-links.ts";

interface Stretch {
  readonly from: Path;
  readonly to: Path;
}

const leaf = leafOfTitle("Deep", { depth: 3, addressTypes: ["Integer", "Integer", "Integer"] });
const text = Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => ["a", "b", "c", "d"]));

/** Two places of one level, in order; the empty path is the whole leaf. */
const stretch: fc.Arbitrary<Stretch> = fc.integer({ min: 0, max: 3 }).chain((level) => {
  const path = fc.array(fc.nat(3), { minLength: level, maxLength: level });
  return fc.tuple(path, path).map(([a, b]) => (comparePaths(a, b) <= 0 ? { from: a, to: b } : { from: b, to: a }));
});

/** Every segment of the text that a stretch covers, by trying each: what overlapping means. */
function covered({ from, to }: Stretch): Set<string> {
  const names = new Set<string>();
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 4; b++)
      for (let c = 0; c < 4; c++) {
        const place = [a, b, c];
        const isAfterStart = comparePaths(place.slice(0, from.length), from) >= 0;
        if (isAfterStart && comparePaths(place.slice(0, to.length), to) <= 0) names.add(place.join("."));
      }
  return names;
}

test("a stretch is touched by exactly the links that share a segment with it", () => {
  fc.assert(
    fc.property(
      fc.array(stretch, { minLength: 1, maxLength: 40 }),
      fc.array(stretch, { maxLength: 10 }),
      (sides, asked) => {
        using library = smallLibrary();
        const { nodeId } = addBook(library.writer, leaf, [{ meta: versionOf("en", "A"), text }]);
        library.writer.startLinks("test", "1");
        library.writer.addLinks(
          "test",
          sides.map(({ from, to }, index) => ({ refs: [formatRange(leaf, from, to), `Other ${index}`], type: "t" })),
        );
        using database = new Database(library.path, { readonly: true });
        for (const stretch of asked) {
          const here = covered(stretch);
          const expected = sides.flatMap((side, index) =>
            covered(side).isDisjointFrom(here) ? [] : [`Other ${index}`],
          );
          const found = linksTouching(database, nodeId, stretch.from, stretch.to).map((link) => link.ref);
          expect(found.toSorted()).toEqual(expected.toSorted());
        }
      },
    ),
    { numRuns: 15 },
  );
});

test("no look-up scans the links of a leaf", () => {
  using library = smallLibrary();
  using database = new Database(library.path, { readonly: true });
  const steps: string[] = [];
  const spied = new Proxy(database, {
    get: (target, name) => {
      if (name !== "query") return Reflect.get(target, name);
      return (sql: string) => {
        const plan = target.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
        steps.push(...plan.map((step) => step.detail));
        return target.query(sql);
      };
    },
  });
  linksTouching(spied, 1, [1, 2], [1, 3]);
  expect(steps.filter((step) => step.includes(" s "))).toEqual([
    "SEARCH s USING INDEX link_side_home (node_id=? AND home>? AND home<?)",
    "SEARCH s USING INDEX link_side_home (node_id=? AND home=?)",
  ]);
  expect(steps.some((step) => step.startsWith("SCAN"))).toBe(false);
});
