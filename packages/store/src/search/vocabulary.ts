import type { Database } from "bun:sqlite";
import { estimateMatches } from "./windows.ts";

/**
 * How many texts have a word, from the index itself. A word that stands nowhere costs 50 us, so the forms of a word are looked
 * up before they are searched for. Of a common one the number is an estimate: FTS5 would go through its whole
 * list (M: 28 ms for a word in 940,000 texts), and how rare a word is needs no more than that.
 */
export interface Vocabulary {
  textsWith(word: string): number;
}

/** Up to so many are counted. 0.3 ms. */
const COUNTED_TEXTS = 5_000;

export function vocabularyOf(database: Database): Vocabulary {
  const count = database.query<{ texts: number }, [string, number]>(
    "SELECT count(*) AS texts FROM (SELECT 1 FROM full_text WHERE full_text MATCH ? LIMIT ?)",
  );
  const known = new Map<string, number>();
  return {
    textsWith(word) {
      const before = known.get(word);
      if (before !== undefined) return before;
      const fts = `"${word.replaceAll('"', '""')}"`;
      const counted = count.get(fts, COUNTED_TEXTS)?.texts ?? 0;
      const texts = counted < COUNTED_TEXTS ? counted : estimateMatches(database, fts);
      known.set(word, texts);
      return texts;
    },
  };
}
