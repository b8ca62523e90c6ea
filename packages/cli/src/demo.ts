import type { Settings } from "@sofer/core";

/** The demo does not touch the library of real books. */
const DEMO_LIBRARY = ".sofer/demo.sqlite";

export interface Demo {
  readonly settings: Settings;
  stop(): Promise<void>;
}

/**
 * Starts the sandbox in this process with its own generated books and points the settings at it: nothing leaves the
 * machine. `--library`, `--titles` and the tuning flags stay as they were said.
 */
export async function startDemo(settings: Settings, isLibrarySaid: boolean): Promise<Demo> {
  const { demoLibrary, startSandbox } = await import("@sofer/sandbox");
  const library = demoLibrary();
  const sandbox = await startSandbox({ library });
  const categories = new Set(library.books.map((book) => `category:${book.categories[0] ?? ""}`));
  return {
    settings: {
      ...settings,
      baseUrl: sandbox.url,
      source: "service",
      library: isLibrarySaid ? settings.library : DEMO_LIBRARY,
      titles: settings.titles.length === 0 ? [...categories] : settings.titles,
    },
    stop: () => sandbox.stop(),
  };
}
