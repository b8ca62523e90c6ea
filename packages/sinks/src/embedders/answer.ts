import { SoferError } from "@sofer/core";

/** Where an answer has its vectors, and what an item of them looks like. */
export interface AnswerShape {
  /** Field that holds the list: `data`, `embeddings`. */
  readonly list: string;
  /** Field of an item that holds the numbers: `embedding`, `values`. */
  readonly numbers: string;
  /** Field of the answer that holds one item, where one text was asked by itself. */
  readonly single: string | null;
}

/**
 * An answer's body with one item for each text, in the order of the texts. Items that say which text they are of
 * (`index`) are put in its place, in whatever order they came, and a place that nothing came for gets an empty one; items
 * that do not say are taken in the order they came, if there are as many as texts.
 *
 * The providers' packages read items in the order of the answer and refuse a whole answer for one item that is not
 * numbers; both would lose vectors that are paid for, or give them to another text.
 *
 * @throws SoferError `not-json`, `bad-vectors` when nothing in it can be used
 */
export function orderedAnswer(body: string, shape: AnswerShape, count: number, url: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw new SoferError("not-json", "the answer is not JSON", { url, cause });
  }
  const single = shape.single === null ? undefined : fieldOf(answer, shape.single);
  if (single !== undefined && count === 1) {
    const numbers = numbersOf(single, shape.numbers);
    return JSON.stringify({ [shape.single ?? ""]: { [shape.numbers]: numbers } });
  }
  const items = fieldOf(answer, shape.list);
  if (!Array.isArray(items)) {
    const error = fieldOf(answer, "error");
    throw new SoferError(
      "bad-vectors",
      error === undefined ? "the answer holds no vectors" : `the answer is an error`,
      {
        url,
      },
    );
  }
  const placed = byIndex(items, shape.numbers, count, url);
  const usage = usageOf(answer);
  return JSON.stringify({
    [shape.list]: placed.map((numbers) => ({ [shape.numbers]: numbers })),
    ...(usage === null ? {} : { usage: { prompt_tokens: usage, total_tokens: usage } }),
  });
}

function byIndex(
  items: readonly unknown[],
  numbers: string,
  count: number,
  url: string,
): readonly (readonly number[])[] {
  const indexes = items.map((item) => fieldOf(item, "index"));
  if (indexes.every((index) => index === undefined)) {
    if (items.length !== count) {
      throw new SoferError("bad-vectors", `${items.length} vectors came for ${count} texts`, { url });
    }
    return items.map((item) => numbersOf(item, numbers));
  }
  const placed = Array.from({ length: count }, (): readonly number[] => []);
  const seen = new Set<number>();
  for (const [at, index] of indexes.entries()) {
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count || seen.has(index)) {
      throw new SoferError("bad-vectors", `the answer's indexes are not those of ${count} texts`, { url });
    }
    seen.add(index);
    placed[index] = numbersOf(items[at], numbers);
  }
  return placed;
}

/** Empty where an item holds anything but numbers: it is then no vector. */
function numbersOf(item: unknown, name: string): readonly number[] {
  const value = fieldOf(item, name);
  const isNumbers = Array.isArray(value) && value.every((one) => typeof one === "number");
  return isNumbers ? value : [];
}

function usageOf(answer: unknown): number | null {
  const tokens = fieldOf(fieldOf(answer, "usage"), "prompt_tokens");
  return typeof tokens === "number" && Number.isFinite(tokens) && tokens >= 0 ? tokens : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
