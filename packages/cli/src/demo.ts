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
  // A dictionary holds no stored text: asking for it by name is refused, and a demo is to end well.
  const titles = library.books.filter((book) => !book.isVirtual).map((book) => book.title);
  return {
    settings: {
      ...settings,
      baseUrl: sandbox.url,
      bucketUrl: sandbox.url,
      source: settings.source === "auto" ? "service" : settings.source,
      library: isLibrarySaid ? settings.library : DEMO_LIBRARY,
      titles: settings.titles.length === 0 ? titles : settings.titles,
      // Our own server on our own machine: nobody is spared by a pace.
      rate: settings.rate ?? 0,
      // It gives vectors, too.
      embedUrl: settings.embedUrl ?? (settings.embed?.startsWith("openai-compatible:") ? `${sandbox.url}/v1` : null),
    },
    stop: () => sandbox.stop(),
  };
}
