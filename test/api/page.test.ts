import { afterAll, expect, test } from "bun:test";
import { startServer } from "@sofer/api";
import { migrateLibrary } from "@sofer/store";
import { tempDir } from "../support.ts";

// What the page is served with; how it looks and works is in test/long/dashboard.test.ts.
const folder = tempDir();
const libraryPath = folder.file("library.sqlite");
migrateLibrary(libraryPath);
const server = startServer({ libraryPath, hostname: "127.0.0.1", port: 0, token: null });
afterAll(async () => {
  await server.stop();
  folder.dispose();
});

test("the page forbids everything from elsewhere, and its files are kept by the browser", async () => {
  const page = await fetch(server.url);
  expect(page.headers.get("content-type")).toStartWith("text/html");
  expect(page.headers.get("cache-control")).toBe("no-store");
  const policy = page.headers.get("content-security-policy")?.split("; ") ?? [];
  expect(policy).toContain("default-src 'none'");
  expect(policy.filter((rule) => /unsafe|https?:|\*/.test(rule))).toEqual([]);
  const html = await page.text();
  const files = [...html.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path ?? "");
  expect(files).toHaveLength(2);
  for (const path of files) {
    const [packed, plain] = await Promise.all(
      ["gzip", "identity"].map((encoding) => fetch(server.url + path, { headers: { "accept-encoding": encoding } })),
    );
    expect(packed?.headers.get("content-encoding")).toBe("gzip");
    expect(plain?.headers.get("content-encoding")).toBeNull();
    expect(await packed?.text()).toBe((await plain?.text()) ?? "");
    expect(plain?.headers.get("cache-control")).toContain("immutable");
    expect(plain?.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("what is not of the page is not found, and pages of others get nothing", async () => {
  for (const name of ["main.js", "..%2fapp.ts", "%00", "chunk-00000000.js"]) {
    expect([name, (await fetch(`${server.url}/page/${name}`)).status]).toEqual([name, 404]);
  }
  expect((await fetch(server.url, { headers: { host: "evil.example" } })).status).toBe(403);
  expect((await fetch(server.url, { headers: { origin: "https://evil.example" } })).status).toBe(403);
});
