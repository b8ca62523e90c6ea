import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VERBS } from "@sofer/core";
import { migrateLibrary } from "@sofer/store";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), "sofer-modules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LIBRARY = join(folder, "library.sqlite");
migrateLibrary(LIBRARY);

/** When the process ends, it writes down every module that it has loaded. */
const PRELOAD = join(folder, "preload.ts");
writeFileSync(
  PRELOAD,
  `import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(process.env.LOADED, JSON.stringify(Object.keys(require.cache))));`,
);

/** Packages of which a module was loaded: ours by their folders, others by their names. */
async function loadedBy(file: string, words: readonly string[], talk?: (child: Bun.Subprocess) => void) {
  const loaded = join(folder, "loaded.json");
  rmSync(loaded, { force: true });
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOFER_")));
  const child = Bun.spawn([process.execPath, "--preload", PRELOAD, join(import.meta.dir, file), ...words], {
    cwd: folder,
    env: { ...clean, LOADED: loaded },
    stdout: "ignore",
    stderr: "pipe",
    ...(talk === undefined ? {} : { ipc: () => undefined, serialization: "advanced" }),
  });
  talk?.(child);
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  expect({ code, said }).toEqual({ code: 0, said: "" });
  const paths = JSON.parse(readFileSync(loaded, "utf8")) as string[];
  return new Set(paths.flatMap((path) => packageOf(path) ?? []));
}

function packageOf(path: string): string | undefined {
  const foreign = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  return foreign ?? /\/packages\/([^/]+)\/src\//.exec(path)?.[1];
}

/** What the table of settings, the reading of arguments and messages are made of. */
const LIGHT = ["citty", "cli", "consola", "core", "fastest-levenshtein"];

describe("a verb loads what it uses", () => {
  test("help loads neither the library nor anything else that a verb needs to run", async () => {
    expect([...(await loadedBy("main.ts", ["--help"]))].toSorted()).toEqual(LIGHT);
  });

  test.each(VERBS)("%s --help", async (verb) => {
    const loaded = await loadedBy("main.ts", [verb, "--help"]);
    expect([...loaded].filter((name) => !LIGHT.includes(name))).toEqual([]);
    expect(loaded).toContain("cli");
  });

  test.each([[["status"]], [["search", "light"]], [["dump", "segments"]]])(
    "%j reads the library, alone",
    async (words) => {
      const loaded = await loadedBy("main.ts", [...words, "--library", LIBRARY, "--quiet"]);
      expect([...loaded]).toEqual(expect.arrayContaining(["store", "drizzle-orm"]));
      for (const name of ["api", "elysia", "engine", "gpt-tokenizer", "sandbox", "sefaria", "sinks", "sqlite-vec"])
        expect(loaded).not.toContain(name);
    },
  );

  test("a worker, of which there are ten, opens no library and counts no tokens", async () => {
    const loaded = await loadedBy("worker-main.ts", [], (worker) => {
      worker.send({ type: "start", settings: { maxConcurrentRequests: 1 } });
      worker.send({ type: "stop" });
    });
    expect([...loaded].toSorted()).toEqual([
      "cli",
      "core",
      "engine",
      "fastest-levenshtein",
      "p-limit",
      "sefaria",
      "valibot",
      "yocto-queue",
    ]);
  });
});
