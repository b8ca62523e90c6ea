import { expect, test } from "bun:test";
import { generateLibrary, startSandbox } from "@sofer/sandbox";
import { allVersions, difference } from "../expected.ts";
import { heldSegments, MAIN, tempDir } from "../support.ts";

// Bun itself raises the soft limit to the hard one: both are set here. The demo: test/limits.test.ts.
test.skipIf(process.platform === "win32").each([
  ["a worker with more connections", 48, "2", "60", "at most 2 workers with 32 requests each"],
  ["more workers", 56, "30", "2", "at most 12 workers with 2 requests each"],
])(
  "%s than open files allow: less is done at a time, that is said once, and the library is whole",
  async (_name, limit, workers, each, said) => {
    const library = generateLibrary({ seed: "files", books: 120, scale: 0.1 });
    const books = library.books.filter((book) => !book.isVirtual);
    // All requests would be under way at once.
    const sandbox = await startSandbox({ library, latencyMs: 150 });
    using folder = tempDir();
    try {
      const path = folder.file("library.sqlite");
      const where = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--versions", "all"];
      const own = ["--library", path, "--pace-file", folder.file("pace.sqlite"), "--log-file", folder.file("log")];
      const size = ["--max-workers", workers, "--max-concurrent-requests", each];
      const command = ["ingest", ...where, ...own, ...size, "--titles", ...books.map((book) => book.title)];
      const shell = ["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", process.execPath, MAIN, ...command];
      const child = Bun.spawn(shell, { stdout: "ignore", stderr: "pipe" });
      const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expect(stderr.match(/the system allows .* requests each/g)).toEqual([
        `the system allows ${limit} open files: ${said}`,
      ]);
      expect(stderr).not.toContain("was lost");
      expect(code).toBe(0);
      expect(difference(allVersions(books), heldSegments(path))).toEqual({ missing: [], surplus: [] });
    } finally {
      await sandbox.stop();
    }
  },
);
