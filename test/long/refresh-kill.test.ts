import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateLibrary, startSandbox, type Edit, type Sandbox } from "@sofer/sandbox";
import { dangling, dumpHash, runCli, spawnCli, tempDir } from "../support.ts";
import { EVERYTHING, firstPath, note, readAsItIs } from "./support.ts";

/** Kills spread over a refresh of many books, each found staging, flipping or between books. */
const KILLS = { bucket: 10, service: 5 } as const;
type Route = keyof typeof KILLS;
const folder = tempDir();
const first = folder.file("first.sqlite");
let sandbox: Sandbox;
let wanted: { old: string; fresh: string; steps: Record<Route, number> };

const words = (route: Route, library: string, ...more: readonly string[]) => [
  "ingest",
  "--base-url",
  sandbox.url,
  "--bucket-url",
  sandbox.url,
  "--source",
  route,
  "--rate",
  "0",
  "--versions",
  "all",
  "--library",
  library,
  "--pace-file",
  folder.file("pace.sqlite"),
  "--max-workers",
  "2",
  "--max-concurrent-requests",
  "2",
  "--quiet",
  "--max-delete",
  "50%",
  ...more,
  "--titles",
  ...EVERYTHING,
];

/** A run that has texts to replace: by the bucket whatever has changed, by the service whatever it is asked to. */
const refresh = (route: Route, library: string, log: string) =>
  words(route, library, "--log-file", log, ...(route === "service" ? ["--refresh", "service"] : []));

beforeAll(async () => {
  sandbox = await startSandbox({ library: generateLibrary({ seed: "refresh", books: 40, scale: 0.2 }), latencyMs: 10 });
  expect((await runCli(words("bucket", first))).code).toBe(0);
  const old = await dumpHash(first);
  sandbox.edit(...editsOf(sandbox));
  const fresh = folder.file("fresh.sqlite");
  expect((await runCli(words("bucket", fresh))).code).toBe(0);
  wanted = { old, fresh: await dumpHash(fresh), steps: { bucket: 0, service: 0 } };
  expect(wanted.fresh).not.toBe(old);
  for (const route of ["bucket", "service"] as const) {
    const undisturbed = folder.file(`${route}.sqlite`);
    copyFileSync(first, undisturbed);
    const log = folder.file(`${route}.log`);
    expect((await runCli(refresh(route, undisturbed, log))).code).toBe(0);
    expect(await dumpHash(undisturbed)).toBe(wanted.fresh);
    wanted.steps[route] = steps(log);
    note(`undisturbed by the ${route}: ${wanted.steps[route]} parcels and books written`);
  }
});
afterAll(async () => {
  await sandbox.stop();
  folder.dispose();
});

/** In the first version of every book that allows it: a line altered, and one inserted before it. */
function editsOf(stand: Sandbox): Edit[] {
  return stand.library().books.flatMap((book): Edit[] => {
    if (book.isVirtual) return [];
    const [version] = book.load().versions;
    const path = version === undefined ? null : firstPath(version.text);
    if (version === undefined || path === null) return [];
    const { language, versionTitle } = version.meta;
    const place = { title: book.title, language, versionTitle, path };
    return [
      { kind: "change", ...place, text: `${book.title}: altered` },
      { kind: "insert", ...place, text: `${book.title}: inserted` },
    ];
  });
}

/** What a run has written so far, by its log: waiting parcels, and books. */
function steps(log: string): number {
  if (!existsSync(log)) return 0;
  const text = readFileSync(log, "utf8");
  return text.split(/"type":"(?:parcel-committed|book-written)"/).length - 1;
}

describe("kill -9 during a refresh", () => {
  const points = (["bucket", "service"] as const).flatMap((route) =>
    Array.from({ length: KILLS[route] }, (_, at) => [route, at] as const),
  );
  test.each(points)("by the %s, at point %d: old or new books, and the next run ends right", async (route, at) => {
    using own = tempDir();
    const library = own.file("library.sqlite");
    const log = own.file("log");
    copyFileSync(first, library);
    const reader = readAsItIs(library);
    const child = spawnCli(refresh(route, library, log));
    const target = Math.max(1, Math.floor((wanted.steps[route] * (at + 0.5)) / KILLS[route]));
    while (steps(log) < target) {
      if (child.exitCode !== null)
        throw new Error(`ended before step ${target}: ${await new Response(child.stderr).text()}`);
      await Bun.sleep(1);
    }
    child.kill("SIGKILL");
    await child.exited;
    reader?.[Symbol.dispose]();
    const mixed = mixedBooks(library);
    expect(mixed.mixed).toEqual([]);
    const verified = await runCli(["verify", "--library", library]);
    expect(dangling(library)).toEqual([]);
    expect(verified.code).toBe(0);
    const next = await runCli(refresh(route, library, own.file("next.log")));
    expect(next.stderr).toBe("");
    expect(next.code).toBe(0);
    expect(await dumpHash(library)).toBe(wanted.fresh);
    expect(stagedRows(library)).toBe(0);
    note(`killed at step ${target} of ${wanted.steps[route]}: ${mixed.fresh} new books, ${mixed.old} old ones`);
  });
});

/** Each edited book has both of its new lines or neither. */
function mixedBooks(path: string) {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database
      .query<{ title: string; altered: number; inserted: number }, []>(
        `SELECT title, sum(text = title || ': altered') AS altered, sum(text = title || ': inserted') AS inserted
         FROM segments GROUP BY title`,
      )
      .all();
    return {
      mixed: rows.filter((row) => row.altered !== row.inserted).map((row) => row.title),
      fresh: rows.filter((row) => row.altered > 0).length,
      old: rows.filter((row) => row.altered === 0).length,
    };
  } finally {
    database.close();
  }
}

function stagedRows(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    return database.query<{ rows: number }, []>("SELECT count(*) AS rows FROM staged").get()?.rows ?? -1;
  } finally {
    database.close();
  }
}
