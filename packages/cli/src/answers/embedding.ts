import { readFileSync } from "node:fs";
import { ExitCode, priceOf, readPrices, SoferError, systemClock, type ModelPrice, type Settings } from "@sofer/core";
import type { EmbeddedBy, EmbedPlan, EmbedReceipt } from "@sofer/engine";
import { openForReading, titlesInLibrary } from "../open-library.ts";
import type { Messages } from "../render/messages.ts";
import { StageProgress } from "../render/stage-progress.ts";
import { loadSecrets } from "./secrets.ts";
import { withSender } from "./sending.ts";

/** What makes the vectors, as the settings say; null: nothing does. */
export function embeddedBy({ embed, dimensions, documentPrefix }: Settings): EmbeddedBy | null {
  return embed === null ? null : { model: embed, dimensions, documentPrefix };
}

/** Embeds what has no vector yet; above --max-cost nothing is asked. */
export async function embedWith(
  settings: Settings,
  messages: Messages,
  profiles: readonly string[],
): Promise<EmbedReceipt> {
  const name = settings.embed;
  if (name === null) {
    throw new SoferError("usage", "nothing says which embedder to use", { hint: "give --embed provider:model" });
  }
  const [{ embedChunks, checkCost }, { openEmbedder }] = await Promise.all([
    import("@sofer/engine"),
    import("@sofer/sinks"),
  ]);
  const embedder = openEmbedder({
    name,
    dimensions: settings.dimensions,
    url: settings.embedUrl,
    maxTexts: settings.embedBatch,
    timeoutMs: settings.timeout * 1000,
    secrets: loadSecrets(settings),
    clock: systemClock,
  });
  if (settings.maxCost !== null) checkCost(await planEmbedding(settings, profiles), settings.maxCost);
  const titles = await wantedTitles(settings);
  const progress = new StageProgress("embedded", settings, messages);
  return withSender(settings, messages, settings.embedRate, async (sender) => {
    try {
      return await embedChunks({
        libraryPath: settings.library,
        embedder,
        documentPrefix: settings.documentPrefix,
        profiles,
        titles,
        sender,
        settings: JSON.stringify(embedSettings(settings)),
        concurrency: settings.embedConcurrency,
        onProgress: ({ chunks, ofChunks }) => progress.at(chunks, ofChunks),
      });
    } finally {
      progress.close();
    }
  });
}

/** The settings that make a vector what it is, and how it is asked for, by flag. */
export function embedSettings(settings: Settings): Record<string, unknown> {
  const said = {
    embed: settings.embed,
    dimensions: settings.dimensions,
    "document-prefix": settings.documentPrefix,
    "embed-url": settings.embedUrl,
    "embed-batch": settings.embedBatch,
    "embed-concurrency": settings.embedConcurrency,
    "embed-rate": settings.embedRate,
    profiles: settings.profiles,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

export const embedExitCodes: Readonly<Record<EmbedReceipt["outcome"], ExitCode>> = {
  whole: ExitCode.whole,
  failures: ExitCode.failures,
  interrupted: ExitCode.interrupted,
};

/** Titles that were named, as titles of the library; undefined: the whole library. */
export async function wantedTitles(settings: Settings): Promise<readonly string[] | undefined> {
  if (settings.titles.length === 0) return undefined;
  const library = await openForReading(settings);
  try {
    return titlesInLibrary(library, settings.titles);
  } finally {
    library.close();
  }
}

/** Exact numbers of what embedding the library, as it is now, would bring and cost. */
export async function planEmbedding(settings: Settings, profiles: readonly string[]): Promise<EmbedPlan> {
  const by = embeddedBy(settings);
  if (by === null)
    throw new SoferError("usage", "nothing says which embedder to use", { hint: "give --embed provider:model" });
  const { planEmbed } = await import("@sofer/engine");
  const price = priceFor(settings, by.model);
  const library = await openForReading(settings);
  try {
    const titles = titlesInLibrary(library, settings.titles);
    return await planEmbed({ library, libraryPath: settings.library, by, profiles, titles, price });
  } finally {
    library.close();
  }
}

function priceFor({ prices }: Settings, model: string): ModelPrice | null {
  if (prices === null) return priceOf(model);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(prices, "utf8"));
  } catch (error) {
    throw new SoferError("usage", `--prices ${prices} cannot be read as JSON`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  return priceOf(model, readPrices(value, `--prices ${prices}`));
}
