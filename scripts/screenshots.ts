/**
 * `bun run screenshots [FOLDER]`: the dashboard in a real browser while a run over the sandbox's own books is on, at
 * desktop and phone width, light and dark: the run, a book with its text, and search. Needs Debian's chromium, and a
 * font with Hebrew. Look at them after a change of the page.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startServer } from "@sofer/api";
import { openBrowser, type Page } from "@sofer/api/testing";
import { API_TOKEN } from "@sofer/core";
import { demoLibrary, startSandbox } from "@sofer/sandbox";

const WIDTHS = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
const SCHEMES = ["light", "dark"] as const;
/** Most of the library is here, the rest is on its way. */
const SHOWN_AT_PERCENT = 55;
const LOOK_MS = 100;
/** Of a picture that shows the run and the library without the rest of the page. */
const TOP_HEIGHT = 1_600;
const BOOK = "#library?c=Tanakh&c=Torah&b=Scroll+of+Gates&r=Scroll+of+Gates+1";
const QUERY = "שער";

const folder = resolve(process.argv[2] ?? join(tmpdir(), "sofer-screenshots"));
mkdirSync(folder, { recursive: true });
const own = mkdtempSync(join(tmpdir(), "sofer-screenshots-"));
const library = demoLibrary();
const titles = library.books.filter((book) => !book.isVirtual).map((book) => book.title);
const faults = [
  { kind: "error", endpoint: "texts", match: "Scroll_of_Lamps" },
  { kind: "status", endpoint: "texts", match: "Mishnah_Neharot", status: 404 },
] as const;
const sandbox = await startSandbox({ library, faults, latencyMs: 120 });
const main = join(import.meta.dir, "..", "packages", "cli", "src", "main.ts");
const words = ["ingest", "--api", "0", "--base-url", sandbox.url, "--rate", "5", "--max-workers", "3"];
const patience = ["--max-retries", "1", "--initial-backoff", "0.1", "--versions", "all"];
const libraryPath = join(own, "library.sqlite");
const files = ["--library", libraryPath, "--pace-file", join(own, "pace")];
const run = Bun.spawn([process.execPath, main, ...words, ...patience, ...files, "--titles", ...titles], {
  env: { ...process.env, [API_TOKEN]: crypto.randomUUID() },
  stdio: ["ignore", "ignore", "pipe"],
});
let server: ReturnType<typeof startServer> | undefined;
const browser = await openBrowser();
try {
  const url = await addressOf(run.stderr);
  const pages: { readonly page: Page; readonly name: string }[] = [];
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const colorScheme of SCHEMES) {
      const page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: 1 });
      await page.goto(url);
      pages.push({ page, name: `${width}-${colorScheme}` });
    }
  }
  const percent = async () =>
    Number.parseInt((await pages[0]?.page.locator('[data-figure="percent"]').textContent()) ?? "");
  while (!((await percent()) >= SHOWN_AT_PERCENT)) await Bun.sleep(LOOK_MS);
  for (const { page, name } of pages) {
    await page.screenshot({ path: join(folder, `run-${name}.png`), fullPage: true });
    const clip = { x: 0, y: 0, width: page.viewportSize()?.width ?? 0, height: TOP_HEIGHT };
    await page.screenshot({ path: join(folder, `run-top-${name}.png`), fullPage: true, clip });
  }
  await run.exited;
  // Words are found when the run has built their index, at its end.
  server = startServer({ libraryPath, hostname: "127.0.0.1", port: 0, token: null });
  for (const { page, name } of pages) {
    await page.goto(`${server.url}/${BOOK}`);
    await page.locator(".reader .text").first().waitFor();
    await page.locator("#library").screenshot({ path: join(folder, `book-${name}.png`) });
    await page.locator("#q").fill(QUERY);
    await page.locator("#q").press("Enter");
    await page.locator(".hits mark").first().waitFor();
    await page.locator(".hit button").first().click();
    await page.locator(".hit .reader .text").first().waitFor();
    await page.locator("#search").screenshot({ path: join(folder, `search-${name}.png`) });
    await page.locator("#search").scrollIntoViewIfNeeded();
    await page.evaluate("location.hash = 'search'");
    await page.screenshot({ path: join(folder, `search-top-${name}.png`) });
  }
  console.log(folder);
} finally {
  await browser.close();
  run.kill("SIGTERM");
  await run.exited;
  await server?.stop();
  await sandbox.stop();
  rmSync(own, { recursive: true, force: true });
}

async function addressOf(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  const reader = stderr.getReader();
  for (;;) {
    const url = /status API at (\S+)/.exec(said)?.[1];
    if (url !== undefined) {
      reader.releaseLock();
      return url;
    }
    const { value, done } = await reader.read();
    if (done) throw new Error(`the run ended before its API was there:\n${said}`);
    said += decoder.decode(value, { stream: true });
  }
}
