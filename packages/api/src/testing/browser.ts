import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

export type { Browser, Page } from "playwright-core";

/** Debian's package; another place is named in the environment. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export const hasBrowser = existsSync(CHROMIUM);

/** A real browser without a window. It asks nobody but the pages it is sent to. Close it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-domain-reliability",
      "--disable-sync",
      "--no-default-browser-check",
      "--no-first-run",
      "--no-pings",
    ],
  });
}
