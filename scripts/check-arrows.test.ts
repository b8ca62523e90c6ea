import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkArrows } from "./check-arrows.ts";

// Bun's own 5 s are too few on a slow or busy machine.
setDefaultTimeout(30_000);

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});

/** A repository with these files, by path. */
function repository(files: Readonly<Record<string, string | object>>): string {
  const root = mkdtempSync(join(tmpdir(), "sofer-arrows-"));
  made.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return root;
}

/** The source of an import, put together here so that the check does not find it in this very file. */
function importing(specifier: string, before = "import { x } from "): string {
  return `${before}"${specifier}";\n`;
}

describe("checkArrows", () => {
  test("this repository's arrows are right", () => {
    expect(checkArrows(join(import.meta.dir, ".."))).toEqual([]);
  });

  test("allowed arrows pass", () => {
    const root = repository({
      "packages/core/package.json": { dependencies: { "fastest-levenshtein": "1.0.16" } },
      "packages/core/src/deep/a.ts": importing("../b.ts") + importing("@sofer/core/testing"),
      "packages/store/package.json": { dependencies: { "@sofer/core": "workspace:*", "@sofer/text": "workspace:*" } },
      "packages/store/src/a.ts": importing("@sofer/core"),
      "packages/store/node_modules/x/a.ts": importing("../../../core/src/b.ts"),
      "test/a.ts": importing("@sofer/engine"),
    });
    expect(checkArrows(root)).toEqual([]);
  });

  test("a dependency against the arrows, even for development", () => {
    const root = repository({
      "packages/text/package.json": { dependencies: { "@sofer/store": "workspace:*" } },
      "packages/core/package.json": { devDependencies: { "@sofer/text": "workspace:*" } },
      "scripts/package.json": { dependencies: { "@sofer/cli": "workspace:*" } },
    });
    expect(checkArrows(root)).toEqual([
      "packages/core/package.json: must not depend on @sofer/text",
      "packages/text/package.json: must not depend on @sofer/store",
      "scripts/package.json: must not depend on @sofer/cli",
    ]);
  });

  for (const before of [
    "import { x } from ",
    "import type { X } from ",
    "export * from ",
    "import ",
    "const x = import(",
  ]) {
    test(`a relative path out of the package: ${before}…`, () => {
      const root = repository({ "packages/text/src/a.ts": importing("../../core/src/b.ts", before) });
      expect(checkArrows(root)).toEqual(["packages/text/src/a.ts: ../../core/src/b.ts leaves its package"]);
    });
  }

  test("an import that is not in the table, though nothing declares it", () => {
    const root = repository({ "packages/engine/src/a.ts": importing("@sofer/sefaria") });
    expect(checkArrows(root)).toEqual(["packages/engine/src/a.ts: must not import @sofer/sefaria"]);
  });

  test("a package that is not in the table, and a root that declares one", () => {
    const root = repository({
      "package.json": { dependencies: { "@sofer/core": "workspace:*" } },
      "packages/extra/package.json": {},
    });
    expect(checkArrows(root)).toEqual([
      "packages/extra: not in the table of arrows",
      "package.json: declares @sofer/core; with it every package would find it",
    ]);
  });
});

test("as a script it names what is wrong and exits 1", () => {
  const wrong = repository({ "packages/text/src/a.ts": importing("@sofer/store") });
  const script = join(import.meta.dir, "check-arrows.ts");
  const bad = Bun.spawnSync([process.execPath, script, wrong]);
  expect(bad.stderr.toString()).toBe("packages/text/src/a.ts: must not import @sofer/store\n");
  expect(bad.exitCode).toBe(1);
  expect(Bun.spawnSync([process.execPath, script, repository({ "package.json": {} })]).exitCode).toBe(0);
});
