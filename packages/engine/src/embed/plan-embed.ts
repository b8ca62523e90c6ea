import { costOf, SoferError, type ModelPrice } from "@sofer/core";
import { hasVectors, openVectorCache, type Library } from "@sofer/store";
import { countTokens } from "@sofer/text";
import { Breath } from "../breath.ts";
import { documentText, vectorKey, type EmbeddedBy } from "./vector-key.ts";

export interface EmbedPlan {
  readonly model: string;
  readonly dimensions: number | null;
  /** Of the wanted profiles, in the library as it is now. */
  readonly chunks: number;
  /** Different texts among them. */
  readonly texts: number;
  /** Of these, how many have a vector: they cost nothing. */
  readonly known: number;
  /** Of the others, as we count them (text's TOKENIZER); a model's own count differs by some per cent. */
  readonly tokens: number;
  readonly bytes: number;
  /** null: the model's price is not known. */
  readonly price: ModelPrice | null;
  /** US dollars; null: the price is not known. */
  readonly cost: number | null;
}

export interface PlanEmbedOptions {
  readonly library: Library;
  readonly libraryPath: string;
  readonly by: EmbeddedBy;
  readonly profiles: readonly string[];
  readonly titles?: readonly string[] | undefined;
  readonly price: ModelPrice | null;
}

/** What embedding would bring and cost, exactly, without asking anybody. */
export async function planEmbed(options: PlanEmbedOptions): Promise<EmbedPlan> {
  const { library, by, titles, price } = options;
  const cache = hasVectors(options.libraryPath) ? openVectorCache(options.libraryPath) : null;
  try {
    const met = new Set<string>();
    const breath = new Breath();
    let chunks = 0;
    let known = 0;
    let tokens = 0;
    let bytes = 0;
    for (const profile of options.profiles) {
      for (const chunk of library.chunkTexts({ profile, ...(titles === undefined ? {} : { titles }) })) {
        chunks++;
        const text = documentText(by, chunk.text);
        const key = vectorKey(by, "document", text);
        if (met.has(key)) continue;
        met.add(key);
        if (cache?.missing([key]).length === 0) known++;
        else {
          tokens += countTokens(text);
          bytes += Buffer.byteLength(text);
        }
        await breath.take();
      }
    }
    const cost = price === null ? null : costOf(price, tokens);
    return { model: by.model, dimensions: by.dimensions, chunks, texts: met.size, known, tokens, bytes, price, cost };
  } finally {
    cache?.close();
  }
}

/** @throws SoferError `over-budget` above `maxCost`, or where nobody can say what it costs */
export function checkCost({ cost, model, texts, known }: EmbedPlan, maxCost: number | null): void {
  if (maxCost === null || texts === known) return;
  if (cost === null) {
    throw new SoferError("over-budget", `nobody says what ${model} costs, so --max-cost cannot be kept`, {
      hint: "name its price in a file with --prices, or leave out --max-cost",
    });
  }
  if (cost <= maxCost) return;
  throw new SoferError("over-budget", `embedding would cost $${cost.toFixed(4)}, more than --max-cost ${maxCost}`, {
    hint: "take fewer --titles, or a cheaper model; nothing was asked",
  });
}
