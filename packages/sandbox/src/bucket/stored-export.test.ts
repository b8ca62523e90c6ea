import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EditError } from "../edits/edit.ts";
import { startSandbox, type Sandbox } from "../server.ts";
import { listPage, type Item } from "../testing/bucket-client.ts";
import { wholeLibrary } from "../whole/library.ts";
import { crc32c } from "./crc32c.ts";
import { currentExport, writeExport } from "./write-export.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "sofer-stored-"));
const library = wholeLibrary({ seed: "stored", books: 12 });
const made = { library, folder, made: "stored 12", linksPerFile: 3_000 };
let sandbox: Sandbox;

beforeAll(async () => {
  writeExport(made);
  const exported = currentExport(made);
  if (exported === null) throw new Error("what was just written is not current");
  sandbox = await startSandbox({ library, exported });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});

async function listAll(): Promise<Item[]> {
  const items: Item[] = [];
  for (let token: string | undefined = ""; token !== undefined;) {
    const page = await listPage(sandbox, { maxResults: "20", ...(token === "" ? {} : { pageToken: token }) });
    items.push(...(page.items ?? []));
    token = page.nextPageToken;
  }
  return items;
}

describe("an export that was written to a folder", () => {
  test("lists every file once, in order, with the checksums of what is downloaded", async () => {
    const items = await listAll();
    const names = items.map((item) => item.name);
    expect(names).toEqual([...new Set(names)].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const versions = library.books.flatMap((book) => book.load().versions).length;
    expect(names.filter((name) => name.startsWith("json/"))).toHaveLength(versions);
    expect(names.filter((name) => name.startsWith("schemas/"))).toHaveLength(12);
    for (const { name, size, md5Hash, crc32c: sum } of items) {
      const path = name.split("/").map(encodeURIComponent).join("/");
      const answer = await fetch(`${sandbox.url}/sefaria-export/${path}`, {
        headers: { "accept-encoding": "gzip" },
        decompress: false,
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect([name, bytes.byteLength, crc32c(bytes)]).toEqual([name, Number(size), sum]);
      if (md5Hash !== undefined) expect(createHash("md5").update(bytes).digest("base64")).toBe(md5Hash);
    }
  });

  test("its links files hold all lines, so many to a file", async () => {
    const lines = [...library.linkLines()];
    const files = Math.ceil(lines.length / 3_000);
    const names = (await listAll()).map((item) => item.name).filter((name) => /links\d+\.csv$/.test(name));
    expect(names).toHaveLength(files);
    const texts = await Promise.all(
      Array.from({ length: files }, async (_, at) =>
        (await fetch(`${sandbox.url}/sefaria-export/links/links${at}.csv`)).text(),
      ),
    );
    expect(texts.flatMap((text) => text.trimEnd().split("\r\n").slice(1))).toEqual(lines);
  });

  test("cannot be edited", () => {
    expect(() => sandbox.edit({ kind: "touch" })).toThrow(EditError);
  });

  test("is not current for a library that is another one, or is said to be", () => {
    expect(currentExport({ ...made, made: "other words" })).toBeNull();
    expect(currentExport({ ...made, library: wholeLibrary({ seed: "other", books: 12 }) })).toBeNull();
    expect(currentExport({ ...made, folder: join(folder, "nothing-here") })).toBeNull();
    const current = currentExport(made);
    expect(current).not.toBeNull();
    current?.close();
  });
});
