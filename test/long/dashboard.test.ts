import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "@sofer/api";
import { apiClient, type ApiClient } from "@sofer/api/client";
import { hasBrowser, openBrowser, type Browser, type Page } from "@sofer/api/testing";
import { API_TOKEN } from "@sofer/core";
import { demoLibrary, startSandbox, type Sandbox } from "@sofer/sandbox";
import axe, { type AxeResults } from "axe-core";
import { spawnCli, tempDir } from "../support.ts";
import { mostInWindow, note } from "./support.ts";

// The dashboard as a person uses it, in a real browser: what it shows is compared with what the API says, and what is
// done in it with what arrives at the server. Each test goes on where the one before it left the run.
setDefaultTimeout(60_000);

const TOKEN = "a-long-and-random-token";
/** Both fail at first. The one is then mended; the other is slow, so that the run is still there to be looked at. */
const MENDED = "Mishnah Neharot";
const SLOW = { title: "Scroll of Lamps", delayMs: 20_000 };
const FAILING = [MENDED, SLOW.title];
const FIRST_PACE = 8;
const SLOW_PACE = 3;
const FAST_PACE = 40;
/** Between the two paces, far from both: a busy machine bunches requests. */
const BETWEEN = 6;
/** Nothing is to arrive: the slow pace would have sent several by then. */
const SILENCE_MS = 2_000;
/** A text that would run if it were put into the page as HTML. */
const HOSTILE = {
  title: "Scroll of Gates",
  language: "en",
  versionTitle: "Annotated Translation",
  path: [0, 0],
  text: `<img src="https://elsewhere.example/x.png" onerror="document.title='run'"><script>document.title='run'</script>The <b>hostile</b> gate &lt;u&gt;`,
} as const;
const WORD = "שער";

const folder = tempDir();
const libraryPath = folder.file("library.sqlite");
const elsewhere: string[] = [];
const complaints: string[] = [];
let sandbox: Sandbox;
let browser: Browser;
let page: Page;
let run: ReturnType<typeof spawnCli>;
let url: string;
let client: ApiClient;

beforeAll(async () => {
  if (!hasBrowser) return;
  const library = demoLibrary();
  const faults = FAILING.map(
    (title) => ({ kind: "error", endpoint: "texts", match: title.replaceAll(" ", "_") }) as const,
  );
  sandbox = await startSandbox({ library, faults, logRequests: true });
  sandbox.edit({ kind: "change", ...HOSTILE });
  const rest = library.books.filter((book) => !book.isVirtual && !FAILING.includes(book.title));
  const titles = [...FAILING, ...rest.map((book) => book.title)];
  const pace = ["--rate", String(FIRST_PACE), "--max-workers", "2", "--max-retries", "0"];
  const files = ["--library", libraryPath, "--pace-file", folder.file("pace")];
  const where = ["--source", "service", "--base-url", sandbox.url, "--versions", "all"];
  run = spawnCli(["ingest", "--api", "0", ...where, ...pace, ...files, "--titles", ...titles], {
    env: { [API_TOKEN]: TOKEN },
  });
  url = await apiOf(run.stderr);
  client = apiClient(url);
  browser = await openBrowser();
  page = await watchedPage({ width: 1280, height: 900 });
});
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  run.kill("SIGTERM");
  await run.exited;
  await sandbox.stop();
  folder.dispose();
});

/** What it says is read to its end, so that it never waits for a reader. */
async function apiOf(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async () => {
    let said = "";
    const decoder = new TextDecoder();
    for await (const bytes of stderr) {
      said += decoder.decode(bytes, { stream: true });
      const found = /status API at (\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    }
    reject(new Error(`the run ended before its API was there: ${said}`));
  };
  read().catch(reject);
  return promise;
}

async function watchedPage(viewport: { width: number; height: number }): Promise<Page> {
  const opened = await browser.newPage({ viewport, colorScheme: "light" });
  opened.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.hostname !== "127.0.0.1") elsewhere.push(request.url());
    if (request.url().includes(TOKEN)) complaints.push(`the token is in ${request.url()}`);
  });
  opened.on("console", (message) => {
    // Answers that refuse, or do not come, are told as errors, too: the tests make some.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      complaints.push(message.text());
    }
  });
  opened.on("pageerror", (error) => complaints.push(String(error)));
  return opened;
}

const figure = (name: string) => page.locator(`[data-figure="${name}"]`).first();
const shown = async (name: string) => (await figure(name).textContent())?.trim() ?? "";
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
const words = (text: string) => page.getByText(text).first().waitFor();

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await Bun.sleep(50);
}

function held<T>({ data, error }: { data: T | null; error: unknown }): T {
  expect(error).toBeNull();
  if (data === null) throw new Error("an answer without data");
  return data;
}

async function live() {
  const answer = held(await client.api.live.get()).run;
  if (answer === null) throw new Error("no run belongs to the API");
  return answer;
}

/** The API's figures as a person would write them. */
async function told() {
  const { books, segments, fraction, texts, chunks, requests, failures } = await live();
  const number = (value: number) => value.toLocaleString("en-US");
  return {
    percent: `${Math.floor((fraction ?? 0) * 100)} %`,
    books: `${books.done + books.held} of ${books.total}`,
    segments: `${number(segments.done)} of ${number(segments.total)}`,
    texts: number(texts),
    chunks: number(chunks),
    requests: number(requests),
    failures: number(failures),
  };
}

async function seen(): Promise<Awaited<ReturnType<typeof told>>> {
  const names = ["percent", "books", "segments", "texts", "chunks", "requests", "failures"] as const;
  const pairs = await Promise.all(names.map(async (name) => [name, await shown(name)] as const));
  return Object.fromEntries(pairs) as Awaited<ReturnType<typeof told>>;
}

/** Nothing is on the wire or being written any more: what is told does not change. */
async function pauseFromPage(): Promise<void> {
  await press("Pause");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await until(async () => {
    const { units } = await live();
    return sandbox.stats().inFlight === 0 && units.writing === 0;
  });
}

async function expectSameAsApi(): Promise<void> {
  // The page hears of the run once a second.
  for (let look = 0; look < 100 && !Bun.deepEquals(await seen(), await told()); look++) await Bun.sleep(100);
  expect(await seen()).toEqual(await told());
}

async function failedTitles(): Promise<string[]> {
  const { items } = held(await client.api.failures.get({ query: { limit: 100 } }));
  return [...new Set(items.map(({ title }) => title))].toSorted();
}

async function setRate(rate: number): Promise<void> {
  await page.getByRole("spinbutton", { name: "Requests per second" }).fill(String(rate));
  await press("Set requests per second");
  await page.getByText(`set to ${rate}`).waitFor();
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations: list, passes } = await page.evaluate<AxeResults>("axe.run(document)");
    expect(passes.length).toBeGreaterThan(10);
    for (const { id, nodes } of list) found.push(...nodes.map(({ html }) => `${colorScheme} ${id}: ${html}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

/** Arrivals at the server from a moment on, without the sandbox's own pages. */
const arrivals = (since: number) => sandbox.requests().flatMap(({ atMs }) => (atMs >= since ? [atMs] : []));
const nowMs = () => performance.timeOrigin + performance.now();

describe.skipIf(!hasBrowser)("the dashboard in a browser", () => {
  test("shows the run's figures while it goes, and is steered with a token that stays in memory", async () => {
    const answer = await page.goto(url);
    expect(answer?.headers()["content-security-policy"]).toContain("default-src 'none'");
    await page.getByLabel("Token").waitFor();
    expect(await page.getByRole("button", { name: "Pause" }).isDisabled()).toBe(true);
    // A wrong token is refused, and asked for again.
    await page.getByLabel("Token").fill("another-long-token");
    await press("Use it");
    await press("Pause");
    await words("the token is another one");
    await page.getByLabel("Token").fill(TOKEN);
    await page.keyboard.press("Enter");
    await until(async () => (await live()).phase === "fetching");
    await pauseFromPage();
    await words("Paused: nothing is sent until it is resumed");
    await expectSameAsApi();
    const { total } = sandbox.stats();
    await Bun.sleep(SILENCE_MS);
    expect(sandbox.stats().total).toBe(total);
    expect(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, location.href]")).toEqual(
      [0, 0, "", `${url}/`],
    );
  });

  test("the pace is changed, and the server's counters follow; failures appear by their cause", async () => {
    await setRate(SLOW_PACE);
    const since = nowMs();
    await press("Resume");
    await page.getByText(`asking at most ${SLOW_PACE} requests/s`).waitFor();
    // No longer than that: what is left of the run is to show the fast pace.
    await until(async () => arrivals(since).length >= 12 && Bun.deepEquals(await failedTitles(), FAILING));
    const slow = arrivals(since);
    const perSecond = (slow.length - 1) / (((slow.at(-1) ?? 0) - (slow[0] ?? 0)) / 1000);
    note(`${perSecond.toFixed(1)} requests/s arrived at a pace of ${SLOW_PACE}`);
    expect(perSecond).toBeLessThan(BETWEEN);
    await pauseFromPage();
    await expectSameAsApi();
    const { byCode } = held(await client.api.failures.get({ query: { limit: 1 } }));
    for (const [code, total] of Object.entries(byCode)) {
      const cause = page.locator(`[data-cause="${code}"]`);
      await cause.getByText(total === 1 ? "1 failure" : `${total} failures`, { exact: true }).waitFor();
      await cause.locator("summary").click();
      for (const title of FAILING) await cause.getByText(title).first().waitFor();
    }
    expect(await page.locator("[data-cause]").count()).toBe(Object.keys(byCode).length);
    expect(await violations()).toEqual([]);
  });

  test("what has failed is tried again from the page, at another pace", async () => {
    sandbox.setFaults([
      { kind: "slow", endpoint: "texts", match: SLOW.title.replaceAll(" ", "_"), delayMs: SLOW.delayMs },
    ]);
    const cause = page.locator("[data-cause]");
    await cause.getByRole("button", { name: "Try again" }).click();
    await setRate(FAST_PACE);
    const since = nowMs();
    await press("Resume");
    await until(() => mostInWindow(arrivals(since), 1_000) > BETWEEN);
    await until(async () => Bun.deepEquals(await failedTitles(), [SLOW.title]));
    expect((await live()).texts).toBeGreaterThan(0);
    // The other one's answer is still on its way: the run is there, and the page tells them apart.
    await cause.getByText(MENDED).first().waitFor({ state: "detached" });
    await expectSameAsApi();
    await page.goto(`${url}/#library?c=Mishnah&c=Seder+Middot`);
    await page.locator(`[data-book="${MENDED}"].whole`).waitFor();
  });

  test("the run's end is told, and what the page showed last was its end", async () => {
    expect(await run.exited).toBe(0);
    await page.locator(".link.lost").waitFor();
    expect(await shown("failures")).not.toBe("");
  });

  test("at rest: the same figures as the API, at every width, and no violation of accessibility", async () => {
    await using server = atRest();
    await page.goto(server.url);
    const counts = held(await apiClient(server.url).api.library.get());
    for (const name of ["books", "versions", "segments", "texts", "chunks", "links", "failures"] as const) {
      await until(async () => (await figure(name).count()) > 0);
      expect([name, await shown(name)]).toEqual([name, counts[name].toLocaleString("en-US")]);
    }
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
    expect(await violations()).toEqual([]);
    for (const width of [320, 390, 768, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      expect([width, await page.evaluate("document.documentElement.scrollWidth - innerWidth <= 0")]).toEqual([
        width,
        true,
      ]);
    }
  });

  test("with the keyboard: from the library down to a section's text, in Hebrew and English, as text", async () => {
    await using server = atRest();
    await page.goto(server.url);
    await page.locator("[data-category]").first().waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(page.url()).toEndWith("#library");
    for (const link of ["Tanakh", "Tanakh/Torah"]) {
      await page.locator(`[data-category="${link}"]`).focus();
      await page.keyboard.press("Enter");
    }
    await page.locator(`[data-book="${HOSTILE.title}"]`).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: `${HOSTILE.title} 1, whole`, exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".reader .text[lang=he]").first().waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("library-title");
    await page.getByLabel("English edition").selectOption(HOSTILE.versionTitle);
    const english = page.locator(".reader .text[lang=en]").first();
    expect(await english.textContent()).toEndWith("The hostile gate <u>");
    expect(await page.locator(".reader .text[lang=he]").first().getAttribute("dir")).toBe("rtl");
    expect(await page.locator("img, .reader script").count()).toBe(0);
    expect(await page.title()).not.toBe("run");
    const [left, right] = await Promise.all(
      ["en", "he"].map((of) => page.locator(`.reader .text[lang=${of}]`).first().boundingBox()),
    );
    expect(left?.y).toBe(right?.y);
    expect(await violations()).toEqual([]);
    await page.goBack();
    await page.locator(".reader").waitFor({ state: "detached" });
  });

  test("search marks what was found, and says each text's licence", async () => {
    await using server = atRest();
    await page.goto(server.url);
    await page.getByLabel("Words, in Hebrew or English").fill(WORD);
    await page.keyboard.press("Enter");
    await page.locator(".hits mark").first().waitFor();
    const found = held(await apiClient(server.url).api.search.get({ query: { q: WORD, limit: 20 } }));
    expect(await page.evaluate("[...document.querySelectorAll('.hit')].map(hit => hit.dataset.ref)")).toEqual(
      found.items.map(({ ref }) => ref),
    );
    const snippets = found.items.flatMap(({ versions }) => versions.map(({ snippet }) => snippet));
    expect(await page.locator(".hits mark").allTextContents()).toEqual(
      snippets.flatMap(({ text, highlights }) => highlights.map(([from, to]) => text.slice(from, to))),
    );
    expect(await page.locator(".hits .licence").allTextContents()).toEqual(
      found.items.flatMap(({ versions }) => versions.map(({ license }) => license || "no licence stated")),
    );
    await page.locator(".hit").first().getByRole("button").click();
    await page.locator(".hit .reader .text[lang=en]").first().waitFor();
    expect(await violations()).toEqual([]);
  });

  test("nothing was asked of anybody else, and the browser had nothing to complain about", () => {
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

function atRest() {
  const server = startServer({ libraryPath, hostname: "127.0.0.1", port: 0, token: null });
  return { url: server.url, [Symbol.asyncDispose]: () => server.stop() };
}
