import { SoferError } from "./errors.ts";

/** What a model costs, and since when that is known. Prices change: `--prices FILE` goes before this table. */
export interface ModelPrice {
  /** US dollars for a million tokens of text. */
  readonly usdPerMillionTokens: number;
  /** Day on which somebody looked, year-month-day. */
  readonly asOf: string;
}

export type Prices = Readonly<Record<string, ModelPrice>>;

/** From the makers' price pages, without discounts for batches or for much. */
export const PRICES: Prices = {
  "google:gemini-embedding-001": { usdPerMillionTokens: 0.15, asOf: "2025-10-01" },
  "openai:text-embedding-3-large": { usdPerMillionTokens: 0.13, asOf: "2025-10-01" },
  "openai:text-embedding-3-small": { usdPerMillionTokens: 0.02, asOf: "2025-10-01" },
  "openai:text-embedding-ada-002": { usdPerMillionTokens: 0.1, asOf: "2025-10-01" },
};

/** US dollars. */
export function costOf(price: ModelPrice, tokens: number): number {
  return (price.usdPerMillionTokens * tokens) / 1_000_000;
}

/** null: nobody says. @param own prices of the user's file, which go first */
export function priceOf(model: string, own: Prices = {}): ModelPrice | null {
  return own[model] ?? PRICES[model] ?? null;
}

/**
 * A file of prices: `{"provider:model": {"usdPerMillionTokens": 0.02, "asOf": "2026-01-31"}}`.
 * @throws SoferError `usage` that names what is wrong in it
 */
export function readPrices(value: unknown, said: string): Prices {
  const wrong = (what: string) =>
    new SoferError("usage", `${said}: ${what}`, {
      hint: 'it holds {"provider:model": {"usdPerMillionTokens": 0.02, "asOf": "2026-01-31"}}',
    });
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("is no object of prices");
  const prices: Record<string, ModelPrice> = {};
  for (const [model, price] of Object.entries(value as Record<string, unknown>)) {
    const { usdPerMillionTokens, asOf } = (price ?? {}) as Record<string, unknown>;
    if (
      typeof usdPerMillionTokens !== "number" ||
      !(usdPerMillionTokens >= 0) ||
      !Number.isFinite(usdPerMillionTokens)
    ) {
      throw wrong(`"${model}" has no usdPerMillionTokens, a number from 0 on`);
    }
    if (typeof asOf !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(asOf) || Number.isNaN(Date.parse(asOf))) {
      throw wrong(`"${model}" does not say asOf, a day such as 2026-01-31`);
    }
    prices[model] = { usdPerMillionTokens, asOf };
  }
  return prices;
}
