import { expect, test } from "bun:test";
import { join } from "node:path";

const MAIN = join(import.meta.dir, "main.ts");

/** What is said on stderr, and the exit code. */
async function misuse(...words: string[]): Promise<[number, string]> {
  const child = Bun.spawn([process.execPath, MAIN, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const said = await new Response(child.stderr).text();
  return [await child.exited, said.trim()];
}

test("a word that is none, an option of another word, and a number that is none end with 2 and say so", async () => {
  const [code, said] = await misuse("frob");
  expect([code, said]).toEqual([2, expect.stringContaining('unknown word "frob": service, bucket, ')]);
  expect(await misuse("memory", "--keep", "x")).toEqual([2, "bench: --keep is not for `bench memory`"]);
  expect(await misuse("api", "--runs", "0")).toEqual([2, "bench: --runs 0: a whole number from 1 on"]);
  expect(await misuse("api", "more")).toEqual([2, "bench: too many words: more"]);
  expect(await misuse("field", "--rate", "often")).toEqual([2, "bench: --rate often: requests per second, or none"]);
  const [unknown, why] = await misuse("--check", "frob");
  expect([unknown, why]).toEqual([2, "bench: nothing to check is called frob: floor, requests, start"]);
  expect((await misuse("--bogus"))[0]).toBe(2);
});
