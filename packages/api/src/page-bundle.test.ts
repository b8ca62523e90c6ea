import { expect, test } from "bun:test";
import { buildPage, FILES_AT } from "./page-bundle.ts";

/** What a phone on a bad line loads before it sees anything. */
const MOST_BYTES = 200_000;

test("the page with its scripts and styles is small, and names only files that are there", async () => {
  const { html, files } = await buildPage();
  const all = [html, ...files.values()];
  expect(all.reduce((sum, { gzipped }) => sum + gzipped.length, 0)).toBeLessThan(MOST_BYTES);
  for (const { bytes, gzipped } of all) expect(Bun.gunzipSync(gzipped)).toEqual(bytes);
  const text = new TextDecoder().decode(html.bytes);
  const named = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, name]) => name ?? "");
  expect(
    named
      .filter((name) => name !== "data:,")
      .map((name) => name.slice(FILES_AT.length))
      .toSorted(),
  ).toEqual([...files.keys()].toSorted());
  // A policy that forbids what stands in the page itself would leave it empty.
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/);
});
