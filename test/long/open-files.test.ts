import { expect, test } from "bun:test";
import { generateLibrary, startSandbox } from "@sofer/sandbox";
import { allVersions, difference } from "../expected.ts";
import { heldSegments, MAIN, tempDir } from "../support.ts";

// A worker with too many connections: test/limits.test.ts. Here it is the coordinator that would have too many workers.
test.skipIf(process.platform === "win32")(
  "more workers than open files allow: fewer are started, the library is whole",
  async () => {
    const library = generateLibrary({ seed: "files", books: 120, scale: 0.1 });
    const books = library.books.filter((book) => !book.isVirtual);
    const sandbox = await startSandbox({ library, latencyMs: 100 });
    using folder = tempDir();
    try {
      const path = folder.file("library.sqlite");
      const where = ["--base-url", sandbox.url, "--source", "service", "--rate", "0", "--versions", "all"];
      const own = ["--library", path, "--pace-file", folder.file("pace.sqlite"), "--log-file", folder.file("log")];
      const size = ["--max-workers", "30", "--max-concurrent-requests", "2"];
      const command = ["ingest", ...where, ...own, ...size, "--titles", ...books.map((book) => book.title)];
      const shell = ["sh", "-c", 'ulimit -n 56; exec "$@"', "sh", process.execPath, MAIN, ...command];
      const child = Bun.spawn(shell, { stdout: "ignore", stderr: "pipe" });
      const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expect(stderr).toContain("the system allows 56 open files: at most 12 workers with 2 requests each");
      expect(stderr).not.toContain("was lost");
      expect(code).toBe(0);
      expect(difference(allVersions(books), heldSegments(path))).toEqual({ missing: [], surplus: [] });
    } finally {
      await sandbox.stop();
    }
  },
);
