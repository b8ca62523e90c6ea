import { fromPlainError, type ListedObject, type ObjectPage, type PlainError } from "@sofer/core";
import type { Coordinator } from "../coordinator.ts";
import type { BucketReader, PageAsk } from "./listing.ts";

/** Listing pages by the run's workers. */
export class RoadReader implements BucketReader {
  readonly #road: Coordinator;
  #root: string | null;

  /** @param root as an earlier run found it; null: find it out. */
  constructor(road: Coordinator, root: string | null) {
    this.#road = road;
    this.#root = root;
  }

  root(): string {
    return this.#root ?? "";
  }

  async pages(asks: readonly PageAsk[]): Promise<(ObjectPage | PlainError | null)[]> {
    const [first, ...others] = asks;
    if (first === undefined) return [];
    // The first one finds the root out, once for all.
    const early = this.#root === null ? await this.#ask([first]) : [];
    return [...early, ...(await this.#ask(early.length === 0 ? asks : others))];
  }

  async #ask(asks: readonly PageAsk[]): Promise<(ObjectPage | PlainError | null)[]> {
    const ids = asks.map(({ prefix, page }) => `listing:${prefix}:${page}`);
    const { answers, errors } = await this.#road.inquiries.ask(
      asks.map(({ prefix, token, page }, index) => ({
        kind: "listing",
        id: ids[index] ?? "",
        bookTitle: "",
        root: this.#root,
        prefix,
        pageToken: token,
        page,
      })),
    );
    const results: (ObjectPage | PlainError | null)[] = [];
    for (const id of ids) {
      const answer = answers.get(id);
      if (answer?.type !== "listing") results.push(errors.get(id) ?? null);
      else {
        results.push(answer.page);
        this.#root ??= answer.root;
      }
    }
    return results;
  }

  async index(): Promise<readonly ListedObject[]> {
    const { answers, errors } = await this.#road.inquiries.ask([{ kind: "index", id: "index", bookTitle: "" }]);
    const answer = answers.get("index");
    if (answer?.type === "index") return answer.objects;
    const error = errors.get("index");
    if (error === undefined) return [];
    throw fromPlainError(error);
  }
}
