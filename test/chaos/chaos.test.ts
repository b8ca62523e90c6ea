import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { generateLibrary, type SchemaRecord } from "@sofer/sandbox";
import { kindCases, kindsOf, otherCases, ROUTES, type ChaosCase, type Route } from "./cases.ts";
import { LEASES, runCase, runUndisturbed, type Outcome, type Setting, type Undisturbed } from "./run-case.ts";
import { renderTable, type Line } from "./table.ts";
import { truthOf } from "./write-truth.ts";

/** `bun run test:chaos --long` sets it: three rates and 200 kills, for closing a release rather than for every change. */
const IS_LONG = process.env["SOFER_CHAOS"] === "long";
setDefaultTimeout(1_800_000);

/** Every structure once, and enough plain books that 1 % of the requests are some. */
const library = generateLibrary({ seed: "chaos", books: 90, scale: 0.6 });
const books = library.books.filter((book) => !book.isVirtual);
const setting: Setting = { library, titles: books.map((book) => book.title), truth: truthOf(library) };
const undisturbed = {} as Record<Route, Undisturbed>;
const lines: Line[] = [];

const cases: readonly ChaosCase[] = IS_LONG
  ? [...kindCases([1, 5, 20], () => 2), ...otherCases(30_000, 2)]
  : [...kindCases([5], (at) => (at % 5 === 0 ? 2 : 1)), ...otherCases(3_000, 1)];

beforeAll(async () => {
  for (const route of ROUTES) undisturbed[route] = await runUndisturbed(route, setting);
});

/** Depth, address types and nesting: what a book's structure is, whatever its length. */
function structureOf(schema: SchemaRecord): string {
  if (schema.nodes !== undefined) return `(${schema.nodes.map(structureOf).join(" ")})`;
  return `${schema.nodeType ?? ""} ${(schema.addressTypes ?? []).join("/")}${schema.index_offsets_by_depth ? " offset" : ""}`;
}

test("the library is large and varied enough to mean something", () => {
  expect(new Set(books.map((book) => structureOf(book.load().schema))).size).toBeGreaterThanOrEqual(12);
  expect(setting.truth.flatMap(({ nodes }) => nodes.flat()).length).toBeGreaterThanOrEqual(5_000);
});

/**
 * A fault costs the request it spoiled, a named failure its book's schema and list once more; a split asks for parts. A kill
 * costs what was in hand, which by the bucket is whole books; so does an outage.
 */
function mostRequests({ route, outageMs }: ChaosCase, { faults, kills, rounds }: Outcome): number {
  const perFault = route === "bucket" ? 6 : 5;
  const perBreak = LEASES * (route === "bucket" ? 8 : 2);
  const breaks = kills + (outageMs > 0 ? 1 : 0);
  return undisturbed[route].requests + perFault * faults + perBreak * breaks + 12 * rounds;
}

describe("chaos", () => {
  test.concurrent.each(cases.map((chaos) => [chaos.name, chaos.rate, chaos.route, chaos] as const))(
    "%s at %d %% by the %s",
    async (name, rate, route, chaos) => {
      const began = performance.now();
      const outcome = await runCase(chaos, setting, undisturbed[route]);
      const most = mostRequests(chaos, outcome);
      lines.push({ name, rate, route, ...outcome, most, seconds: (performance.now() - began) / 1000 });
      console.log(`    ${JSON.stringify(lines.at(-1))}`);
      expect(outcome).toMatchObject({
        lost: 0,
        duplicated: 0,
        altered: 0,
        silent: 0,
        silentAtRoundEnd: 0,
        isHashEqual: true,
      });
      expect(outcome.held).toBe(outcome.expected);
      expect(outcome.kills).toBe(chaos.kills);
      expect(outcome.exitCodes.at(-1)).toBe(0);
      expect(outcome.requests).toBeLessThanOrEqual(most);
    },
  );
});

test("every kind of fault has happened, on every route it is for", () => {
  for (const route of ROUTES) {
    const happened = new Set(lines.filter((line) => line.route === route && line.faults > 0).map(({ name }) => name));
    for (const kind of kindsOf(route)) expect(happened).toContain(kind);
  }
});

test("as many kills as were promised", () => {
  expect(lines.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThanOrEqual(IS_LONG ? 200 : 40);
});

afterAll(async () => {
  const save = process.env["SOFER_CHAOS_SAVE"];
  if (save === undefined || lines.length === 0) return;
  await Bun.write(`${save}.json`, `${JSON.stringify(lines, null, 1)}\n`);
  await Bun.write(`${save}.md`, renderTable(lines));
});
