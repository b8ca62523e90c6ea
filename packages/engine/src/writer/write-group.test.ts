import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { SoferError } from "@sofer/core";
import { WriteGroup, type Write } from "./write-group.ts";

const databases: Database[] = [];
afterEach(() => {
  for (const database of databases.splice(0)) database.close();
});

/** A group over a real transaction; words whose first letter is a capital cannot be written, `full` fails at the commit. */
function groupOfWords() {
  const database = new Database(":memory:");
  databases.push(database);
  database.run("CREATE TABLE word (word TEXT NOT NULL)");
  const said: string[] = [];
  const refused = new Set<string>();
  const commits: number[] = [];
  const trusted: boolean[] = [];
  let isFull = false;
  const group = new WriteGroup({
    transaction: {
      begin(isTrusted) {
        trusted.push(isTrusted);
        database.run("BEGIN IMMEDIATE");
      },
      commit() {
        if (isFull) throw new SoferError("disk", "no room");
        database.run("COMMIT");
        commits.push(stored().length);
      },
      undo: () => void (database.inTransaction && database.run("ROLLBACK")),
    },
    onRefused(unitId, { code }) {
      refused.add(unitId);
      said.push(`${unitId} refused: ${code}`);
    },
    isRefused: (unitId) => refused.has(unitId),
  });
  const write = (unitId: string, word: string, bytes = 1): Write => ({
    unitId,
    bytes,
    run() {
      database.query("INSERT INTO word VALUES (?)").run(word);
      if (/^[A-Z]/.test(word)) throw new SoferError("not-conserved", word);
      return () => said.push(word);
    },
    drop: () => said.push(`${unitId} dropped ${word}`),
  });
  const stored = () => database.query<{ word: string }, []>("SELECT word FROM word").values().flat();
  return { group, write, said, stored, commits, trusted, fill: () => (isFull = true) };
}

test("what is written together is said once it is committed, in its order", () => {
  const { group, write, said, stored, commits } = groupOfWords();
  for (const word of ["one", "two", "three"]) group.add(write("a", word));
  expect(said).toEqual([]);
  group.commit();
  group.commit();
  expect(said).toEqual(["one", "two", "three"]);
  expect(stored()).toEqual(said);
  expect(commits).toEqual([3]);
});

test("a group does not wait to be full: neither for more than it may have, nor for what does not come", async () => {
  const { group, write, said } = groupOfWords();
  group.add(write("a", "large", 64 * 1024 * 1024));
  expect(said).toEqual(["large"]);
  group.add(write("a", "small"));
  expect(said).toEqual(["large"]);
  while (said.length < 2) await Bun.sleep(1);
  expect(said).toEqual(["large", "small"]);
});

test("one that cannot be written takes nothing of other units with it; the rest of its own is dropped", () => {
  const { group, write, said, stored } = groupOfWords();
  group.add(write("a", "one"));
  group.add(write("b", "two"));
  group.add(write("b", "Three"));
  expect(said).toEqual(["one", "two", "b refused: not-conserved"]);
  group.add(write("c", "four"));
  group.commit();
  expect(stored()).toEqual(["one", "two", "four"]);
});

test("only what is written together is trusted: not what is done again alone, nor what is alone from the beginning", () => {
  const { group, write, said, commits, trusted } = groupOfWords();
  group.add(write("a", "one"));
  group.add(write("b", "Two"));
  expect(trusted).toEqual([true, false, false]);
  group.add(write("a", "three"));
  group.addAlone(write("c", "four"));
  expect(trusted).toEqual([true, false, false, true, false]);
  expect(said).toEqual(["one", "b refused: not-conserved", "three", "four"]);
  expect(commits).toEqual([1, 2, 3]);
});

test("when the commit fails each is tried alone, and a unit is refused once", () => {
  const { group, write, said, stored, fill } = groupOfWords();
  group.add(write("a", "one"));
  group.add(write("a", "two"));
  group.add(write("b", "three"));
  fill();
  group.commit();
  expect(said).toEqual(["a refused: disk", "a dropped two", "b refused: disk"]);
  expect(stored()).toEqual([]);
});
