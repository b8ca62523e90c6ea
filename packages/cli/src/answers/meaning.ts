import { resolveSettings, SoferError, systemClock } from "@sofer/core";
import type { Library, NearestChunk } from "@sofer/store";
import type { CommandContext } from "../command.ts";
import { loadSecrets } from "./secrets.ts";
import { withSender } from "./sending.ts";

/** Chunks asked of the vectors for each hit: one chunk has several segments, and filters take some away. */
const FOR_EACH_HIT = 5;
/** With a filter, which knows nothing of vectors, the list is long from the beginning. */
const FILTERED = 2_000;

/** The chunks that are nearest to a query, by the embedded store and the embedder that its vectors were made with. */
export async function nearestTo(
  query: string,
  library: Library,
  { settings, layers, messages }: CommandContext,
): Promise<readonly NearestChunk[]> {
  const [{ nearestChunks }, { openEmbedder }] = await Promise.all([import("@sofer/engine"), import("@sofer/sinks")]);
  const stored = library.sinks().find(({ name }) => name === "embedded");
  const { to: _to, ...kept } = (stored === undefined ? {} : JSON.parse(stored.settings)) as Record<string, unknown>;
  const said = typeof layers.file === "object" ? layers.file : {};
  const { embed, ...asked } = resolveSettings({ ...layers, file: { ...kept, ...said } }, "search");
  if (embed === null) {
    throw new SoferError("usage", `--by ${settings.by} needs the vectors of the sink embedded`, {
      hint: "sofer push --to embedded --embed provider:model",
    });
  }
  const embedder = openEmbedder({
    name: embed,
    dimensions: asked.dimensions,
    url: asked.embedUrl,
    maxTexts: null,
    timeoutMs: asked.timeout * 1000,
    secrets: loadSecrets(settings),
    clock: systemClock,
  });
  const isFiltered = [settings.categories, settings.versionTitles, settings.within, settings.licenses].some(
    (filter) => filter !== null,
  );
  const limit = isFiltered || settings.titles.length > 0 ? FILTERED : settings.maxResults * FOR_EACH_HIT;
  const { nearest, isExact } = await withSender(settings, messages, 0, (sender) =>
    nearestChunks({ libraryPath: settings.library, embedder, sender, query, limit, queryPrefix: asked.queryPrefix }),
  );
  if (isExact) messages.info("this SQLite loads no extensions: every vector was compared");
  return nearest;
}
