import { Database } from "bun:sqlite";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import { FORMAT } from "./format.ts";
import { migrateLibrary } from "./migrate.ts";
import { openLibrary } from "./reader.ts";
import { olderLibrary } from "./testing/older-library.ts";
import { temporaryFolder } from "./testing/small-library.ts";

setDefaultTimeout(60_000);

const hasStrace = process.platform === "linux" && Bun.which("strace") !== null;
const name = "kill -9 within the upgrade of an older library: it is as it was, or new, and is upgraded by the next run";

/** Upgrades in a process of its own, which dies as it makes that write of all; returns how many it made. */
async function upgrade(script: string, path: string, log: string, killAt: number | null) {
  const inject = killAt === null ? [] : ["-e", `inject=pwrite64:signal=SIGKILL:when=${killAt}`];
  const child = Bun.spawn(
    ["strace", "-f", "-o", log, "-e", "trace=pwrite64", ...inject, process.execPath, script, path],
    { stdout: "ignore", stderr: "ignore" },
  );
  const code = await child.exited;
  return { code, writes: readFileSync(log, "utf8").split(" pwrite64(").length - 1 };
}

test.skipIf(!hasStrace)(hasStrace ? name : `${name} (no strace here: skipped)`, async () => {
  using folder = temporaryFolder();
  const script = join(folder.path, "upgrade.ts");
  const module = JSON.stringify(join(import.meta.dir, "migrate.ts"));
  writeFileSync(script, `import { migrateLibrary } from ${module};\nmigrateLibrary(process.argv[2] ?? "");\n`);
  const older = join(folder.path, "older.sqlite");
  olderLibrary(folder.path, older, 50);
  const copyAs = (title: string) => {
    const path = join(folder.path, title);
    cpSync(older, path);
    return path;
  };
  const log = join(folder.path, "writes.log");
  const whole = await upgrade(script, copyAs("whole.sqlite"), log, null);
  expect(whole.code).toBe(0);
  expect(whole.writes).toBeGreaterThan(50);
  let upgraded = 0;
  for (let point = 0; point < 8; point++) {
    const at = Math.round((whole.writes * (point + 0.5)) / 8);
    const path = copyAs(`killed-${at}.sqlite`);
    expect([at, (await upgrade(script, path, log, at)).code]).toEqual([at, 137]);
    const { from, to } = migrateLibrary(path);
    expect([at, to]).toEqual([at, FORMAT]);
    // Nothing between the two: a kill leaves the old format or the new one.
    expect([1, FORMAT]).toContain(from);
    if (from === FORMAT) upgraded++;
    expect(existsSync(`${path}.bak-1`)).toBe(true);
    for (const file of [path, `${path}.bak-1`]) {
      using database = new Database(file, { readonly: true });
      expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
      expect(database.query("SELECT count(*) FROM meta WHERE key LIKE 'kept %'").values()).toEqual([[50]]);
    }
    const library = openLibrary(path);
    expect(library.meta("format")).toBe(String(FORMAT));
    library.close();
  }
  expect(upgraded).toBeLessThan(8);
});
