import { expect, test } from "bun:test";
import {
  TallyCounter,
  versionId,
  type BookUnit,
  type Leaf,
  type ListedObject,
  type Parcel,
  type Selection,
  type VersionFile,
} from "@sofer/core";
import { bringBook } from "./book.ts";

const leafOf = (title: string, order: number): Leaf => ({
  title,
  heTitle: "",
  keys: [title],
  order,
  depth: 1,
  addressTypes: ["Integer"],
  sectionNames: ["Line"],
  heSectionNames: [],
  offsets: null,
  isDefault: false,
});
const LEAVES = [leafOf("One", 0), leafOf("Two", 1)].map((leaf, index) => ({ nodeId: index + 1, leaf }));
const all: Selection = { policy: { kind: "all" }, languages: ["he", "en"], licenses: null };
const best: Selection = { ...all, policy: { kind: "best" } };

interface Published {
  readonly priority?: number;
  readonly license?: string;
  readonly One?: readonly string[];
  readonly Two?: readonly string[];
}

function world(versions: Readonly<Record<string, Published>>) {
  const downloads: string[] = [];
  const parcels: Parcel[] = [];
  const file = (name: string): VersionFile => {
    const { priority = 0, license = "CC0", ...texts } = versions[name] ?? {};
    const leaf = (text: readonly string[]) => {
      const counter = new TallyCounter();
      for (const one of text) counter.add(one);
      return { text, raw: counter.tally() };
    };
    const meta = {
      language: "he",
      versionTitle: name,
      license,
      versionSource: null,
      priority,
      actualLanguage: "he",
      other: {},
    } as const;
    return { meta, leaves: { One: leaf(texts.One ?? []), Two: leaf(texts.Two ?? []) }, bytes: 1, sourceTag: name };
  };
  const object = (name: string): ListedObject => ({
    name,
    size: 1,
    md5: name,
    crc32c: null,
    generation: "1",
    updated: "",
  });
  const bring = (more: Partial<BookUnit>) =>
    bringBook(
      {
        kind: "book",
        id: "book:B",
        bookTitle: "B",
        leaves: LEAVES,
        objects: Object.keys(versions).map(object),
        known: [],
        stored: {},
        retained: {},
        selection: all,
        limitSlots: null,
        isRefresh: false,
        ...more,
      },
      {
        download(of) {
          downloads.push(of.name);
          return Promise.resolve(file(of.name));
        },
        send(some) {
          parcels.push(...some);
          return Promise.resolve();
        },
      },
    );
  const rows = () =>
    parcels.map(({ nodeId, version, texts }) => `${nodeId} ${version.versionTitle} ${texts.join()}`).toSorted();
  return { bring, downloads, rows, parcels, object };
}

const VERSIONS = {
  A: { priority: 1, One: ["a1"], Two: [] },
  B: { One: ["b1", "b2"], Two: ["b1"] },
  C: { One: ["c1"], Two: ["c1", "c2"] },
} as const;

test("all: every file's rows, as they come; a version has nothing in a leaf without a place of it", async () => {
  const { bring, rows } = world(VERSIONS);
  const { leaves, files } = await bring({});
  expect(rows()).toEqual(["1 A a1", "1 B b1,b2", "1 C c1", "2 B b1", "2 C c1,c2"]);
  expect(leaves.map(({ kept, shape, excluded }) => [kept, shape, excluded])).toEqual([
    [["he|A", "he|B", "he|C"], 2, []],
    [["he|B", "he|C"], 2, []],
  ]);
  expect(files.map((facts) => Object.keys(facts.leaves))).toEqual([["One"], ["One", "Two"], ["One", "Two"]]);
});

test("best: the first by priority, then by segments, leaf by leaf; losers are named with what they hold", async () => {
  const { bring, rows } = world(VERSIONS);
  const { leaves } = await bring({ selection: best });
  expect(rows()).toEqual(["1 A a1", "2 C c1,c2"]);
  expect(
    leaves.map(({ excluded }) => excluded.map(({ versionTitle, reason, raw }) => [versionTitle, reason, raw.count])),
  ).toEqual([
    [
      ["B", "not-best", 2],
      ["C", "not-best", 1],
    ],
    [["B", "not-best", 1]],
  ]);
});

test("a limit counts the slots of the union, over leaves in reading order", async () => {
  const { bring, rows, parcels } = world(VERSIONS);
  const { leaves } = await bring({ limitSlots: 3 });
  expect(rows()).toEqual(["1 A a1", "1 B b1,b2", "1 C c1", "2 B b1", "2 C c1"]);
  expect(leaves.map(({ limitSlots }) => limitSlots)).toEqual([null, 1]);
  expect(parcels.findLast(({ version }) => version.versionTitle === "C")).toMatchObject({
    state: "limited",
    counts: { excluded: 1 },
  });
});

test("what earlier downloads said decides as well; a file is asked for again only for its text", async () => {
  const before = world(VERSIONS);
  const { files } = await before.bring({ selection: best });
  const known = files.filter(({ meta }) => meta.versionTitle !== "A");
  // A is gone: B is best in One now, and its text is not stored; C stays best in Two.
  const now = world(VERSIONS);
  const { leaves, files: fresh } = await now.bring({ selection: best, objects: [], known, stored: { Two: ["he|C"] } });
  expect(now.downloads).toEqual(["B"]);
  expect(now.rows()).toEqual(["1 B b1,b2"]);
  expect([leaves.map(({ kept }) => kept), fresh]).toEqual([[["he|B"], ["he|C"]], []]);
});

test("retained versions are brought up to date, unless their licence forbids them now", async () => {
  const { bring, rows } = world({ ...VERSIONS, D: { license: "Copyright: somebody", One: ["d1"] } });
  const { leaves } = await bring({ selection: best, retained: { One: ["he|B", "he|D", "en|Elsewhere"] } });
  expect(rows()).toEqual(["1 A a1", "1 B b1,b2", "2 C c1,c2"]);
  expect(leaves[0]?.kept).toEqual(["he|A", "he|B", "en|Elsewhere"]);
});

test("two files of one version are an error that names both", () => {
  const twins = world({ A: VERSIONS.A });
  const meta = { language: "he", versionTitle: "A", license: "", priority: 0 } as const;
  const known = [{ object: twins.object("Old A"), meta, leaves: {} }];
  expect(twins.bring({ known })).rejects.toThrow(`A and Old A both say that they are ${versionId(meta)}`);
});
