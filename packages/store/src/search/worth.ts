import type { Database } from "bun:sqlite";
import { stringsOf } from "../rows.ts";

/**
 * Texts that others quote go before those that quote them, since the quoted place is what is wanted first. By the
 * outermost category, for books that are no commentaries.
 */
const BASE_WORTH: Readonly<Record<string, number>> = { Tanakh: 1.5, Tanach: 1.5, Mishnah: 1.2, Talmud: 1.1 };

/** Commentaries stand under Tanakh too; below the first level they say so. */
const COMMENTARY = /Commentar|Targum|Parshanut|Rishonim on|Acharonim on/;

export function isCommentary(categories: readonly string[]): boolean {
  return categories.some((category) => COMMENTARY.test(category));
}

/** What a version's book is worth, looked up once for each. */
export function worthOf(database: Database): (versionId: number) => number {
  const find = database.query<{ categories: string }, [number]>(
    "SELECT b.categories FROM version v JOIN book b ON b.id = v.book_id WHERE v.id = ?",
  );
  const known = new Map<number, number>();
  return (versionId) => {
    const before = known.get(versionId);
    if (before !== undefined) return before;
    const categories = stringsOf(find.get(versionId)?.categories ?? "[]");
    const worth = isCommentary(categories) ? 1 : (BASE_WORTH[categories[0] ?? ""] ?? 1);
    known.set(versionId, worth);
    return worth;
  };
}
