import type { Database } from "bun:sqlite";
import { LANGUAGES } from "@sofer/core";
import { isCommentary } from "../search/worth.ts";
import type { Qrel } from "./api.ts";
import { headingOf, quotationOf } from "./lemma.ts";
import { linkedPairs, textsOfSide, type LinkedPair, type LinkedSide } from "./linked-pairs.ts";

export interface MakeQrelsOptions {
  /** The same seed and library give the same questions. */
  readonly seed: number;
  /** Questions of one kind, language and category, at most. */
  readonly perGroup: number;
}

/** Segments of a source in which a quotation is looked for; a page of Talmud has some tens. */
const SOURCE_SEGMENTS = 80;

/** From what others quote to what quotes them: a link between two of these leads from the later to the earlier. */
const OLDER_FIRST = ["Tanakh", "Tanach", "Mishnah", "Tosefta", "Talmud", "Midrash"];

/** A link as a question: the words of the one side, answered by the other. */
interface Direction {
  readonly asks: LinkedSide;
  readonly answers: LinkedSide;
  readonly isCommentary: boolean;
}

/**
 * Questions from links: the words that a commentary begins with ask for its base text; the words that a text quotes, alone
 * (`quotation`) and with the words around them (`context`), ask for their source. The side that asks does not count as an
 * answer. Only what links say is expected, so places that answer as well and are not linked count as wrong: figures
 * compare engines, they do not say how good one is.
 */
export function makeQrels(database: Database, { seed, perGroup }: MakeQrelsOptions): Qrel[] {
  const directions = [...linkedPairs(database)]
    .flatMap((pair) => directionOf(pair) ?? [])
    .map((direction) => ({
      direction,
      order: Bun.hash.xxHash64(`${seed} ${direction.asks.ref} ${direction.answers.ref}`),
    }))
    .toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const counts = new Map<string, number>();
  const asked = new Set<string>();
  const qrels: Qrel[] = [];
  for (const { direction } of directions) {
    for (const qrel of questionsOf(database, direction, (group) => (counts.get(group) ?? 0) < perGroup)) {
      const group = groupOf(qrel);
      if (asked.has(qrel.id)) continue;
      asked.add(qrel.id);
      counts.set(group, (counts.get(group) ?? 0) + 1);
      qrels.push(qrel);
    }
  }
  return qrels.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function directionOf({ sides: [a, b] }: LinkedPair): Direction | null {
  if (a.title.endsWith(` on ${b.title}`)) return { asks: a, answers: b, isCommentary: true };
  if (b.title.endsWith(` on ${a.title}`)) return { asks: b, answers: a, isCommentary: true };
  const ageA = ageOf(a);
  const ageB = ageOf(b);
  if (ageA === ageB) return null;
  const [asks, answers] = ageA > ageB ? [a, b] : [b, a];
  return { asks, answers, isCommentary: false };
}

function ageOf({ categories }: LinkedSide): number {
  const age = OLDER_FIRST.indexOf(categories[0] ?? "");
  return age < 0 || isCommentary(categories) ? OLDER_FIRST.length : age;
}

function questionsOf(database: Database, direction: Direction, hasRoom: (group: string) => boolean): Qrel[] {
  const { asks, answers, isCommentary: comments } = direction;
  const kinds = comments ? ["commentary"] : ["quotation", "context"];
  const category = answers.categories[0] ?? "";
  const languages = LANGUAGES.filter((language) =>
    kinds.some((kind) => hasRoom(groupOf({ kind, language, category }))),
  );
  if (languages.length === 0) return [];
  const own = textsOfSide(database, asks, 1);
  const sources = textsOfSide(database, answers, SOURCE_SEGMENTS);
  return languages.flatMap((language) => {
    const text = own.find((one) => one.language === language)?.text;
    const there = sources.filter((one) => one.language === language).map((one) => one.text);
    if (text === undefined || there.length === 0) return [];
    const queries = comments ? { commentary: headingOf(text) } : quotedIn(text, there);
    return Object.entries(queries).flatMap(([kind, query]): Qrel[] =>
      query === null || query === "" || !hasRoom(groupOf({ kind, language, category }))
        ? []
        : [
            {
              id: `${kind} ${language} ${asks.ref} ${answers.ref}`,
              query,
              expected: [answers.ref],
              best: null,
              language,
              kind,
              category,
              exclude: [asks.ref],
            },
          ],
    );
  });
}

function quotedIn(text: string, sources: readonly string[]): Readonly<Record<string, string | null>> {
  const quotation = quotationOf(text, sources);
  return { quotation: quotation?.words ?? null, context: quotation?.inContext ?? null };
}

function groupOf({ kind, language, category }: Pick<Qrel, "kind" | "language" | "category">): string {
  return `${kind} ${language ?? ""} ${category}`;
}
