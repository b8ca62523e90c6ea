import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadCorpus } from "../corpus.ts";
import { startSandbox } from "../server.ts";
import { listAll, objectUrl, readObject } from "../testing/bucket-client.ts";

/** Real books, kept beside the project, not in it. */
const CORPUS = join(import.meta.dir, "../../../../../shared/corpus");
const hasCorpus = existsSync(join(CORPUS, "manifest.json"));

test.skipIf(!hasCorpus)(
  "real books have the names, texts and links of the export (corpus beside the project)",
  async () => {
    const sandbox = await startSandbox({ library: loadCorpus(CORPUS), bucket: { gzip: "none" } });
    try {
      const folder = "json/Mishnah/Seder Nezikin/Pirkei Avot/";
      const names = (await listAll(sandbox, folder)).map(({ name }) => name.slice(folder.length));
      expect(names).toContain("English/Sefaria Community Translation.json");
      // The corpus brings this merge itself, and in its sources versions of that day.
      const merged = await readObject(sandbox, `${folder}English/merged.json`);
      expect(merged).toMatchObject({
        versionTitle: "merged",
        versions: [
          ["Sefaria Community Translation", "http://www.sefaria.org"],
          ["Open Mishna", "http://en.wikisource.org/wiki/Mishnah"],
        ],
      });
      const esther = await readObject(
        sandbox,
        "json/Tanach/Writings/Esther/English/The Holy Scriptures A New Translation JPS 1917.json",
      );
      expect(esther).toMatchObject({ license: "Public Domain", sectionNames: ["Chapter", "Verse"] });
      const query = new URLSearchParams({ version: `english|${String(esther["versionTitle"])}` });
      const service = await fetch(`${sandbox.url}/api/v3/texts/Esther?${query.toString()}`);
      expect(await service.json()).toMatchObject({ versions: [{ text: esther["text"] }] });
      // A book whose schema was made from its text.
      expect(await readObject(sandbox, "schemas/Rashi_on_Genesis.json")).toMatchObject({ schema: { depth: 3 } });

      let rows = 0;
      for (const { name } of await listAll(sandbox, "links/links")) {
        if (!/links\d+\.csv$/.test(name)) continue;
        const text = await (await fetch(objectUrl(sandbox, name))).text();
        rows += text.split("\r\n").length - 2;
      }
      const manifest = (await Bun.file(join(CORPUS, "manifest.json")).json()) as {
        readonly other: readonly { readonly file: string; readonly rows?: number }[];
      };
      expect(rows).toBe(manifest.other.find(({ file }) => file === "links/links.csv.gz")?.rows ?? -1);
    } finally {
      await sandbox.stop();
    }
  },
);
