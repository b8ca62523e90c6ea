import { formatRef, type VersionKey } from "@sofer/core";
import type { Library, StoredBook } from "@sofer/store";
import { Breath } from "./breath.ts";
import { coverageOf, coverBook, sumSlots, sumTexts, type SlotCounts, type TextCounts } from "./coverage.ts";
import { verifyTexts } from "./verify-texts.ts";

/** As rclone's check says it: `-` missing in the library, `+` only there, `*` differs, `!` could not be compared. */
export type VerifySign = "=" | "-" | "+" | "*" | "!";

export interface VerifyLine {
  readonly sign: VerifySign;
  readonly title: string;
  /** The leaf; null when the whole book is meant. */
  readonly leaf: string | null;
  /** null: whatever versions the leaf has. */
  readonly version: VersionKey | null;
  /** The place as exactly as it is known. */
  readonly ref: string;
  readonly note: string;
}

export interface VerifyReport {
  readonly books: number;
  readonly slots: SlotCounts;
  readonly texts: TextCounts;
  /** Texts whose bytes still have the hash they were stored with. */
  readonly intact: number;
  /** Everything that is not `=`. */
  readonly lines: readonly VerifyLine[];
  readonly isWhole: boolean;
}

/**
 * Checks what the library holds against what the source promised (shapes) and answered (tallies): every slot is
 * accounted for, every text has its hash, every holding its count and sum. Reads only the library.
 * @param titles null: every book.
 */
export async function verifyLibrary(library: Library, titles: ReadonlySet<string> | null): Promise<VerifyReport> {
  const lines: VerifyLine[] = [];
  const slots: SlotCounts[] = [];
  const texts: TextCounts[] = [];
  const breath = new Breath();
  const context = coverageOf(library, breath);
  let intact = 0;
  let books = 0;
  for (const book of library.eachBook(titles === null ? undefined : [...titles])) {
    books++;
    const holdings = Map.groupBy(library.holdings(book.title), (row) => row.nodeId);
    for (const leaf of book.leaves) {
      await breath.take();
      const found = verifyTexts(library, leaf, holdings.get(leaf.nodeId) ?? []);
      intact += found.intact;
      for (const line of found.lines) lines.push({ title: book.title, leaf: leaf.leaf.title, ...line });
    }
    const covered = await coverBook(context, book);
    lines.push(...promisedLines(book, covered.leaves));
    slots.push(covered.slots);
    texts.push(covered.texts);
  }
  for (const failure of [...context.failures.values()].flat()) {
    if (titles !== null && !titles.has(failure.title)) continue;
    // A dictionary holds no stored text: there is nothing of it to be whole.
    if (failure.code === "virtual-node") continue;
    const note = `${failure.code}: ${failure.message}`;
    lines.push({ sign: "!", title: failure.title, leaf: null, version: null, ref: failure.place, note });
  }
  return {
    books,
    slots: sumSlots(slots),
    texts: sumTexts(texts),
    intact,
    lines,
    // Text beyond the counts is news, not loss: the counts are older than the text.
    isWhole: lines.every((line) => line.sign === "+"),
  };
}

function promisedLines(book: StoredBook, leaves: Awaited<ReturnType<typeof coverBook>>["leaves"]): VerifyLine[] {
  return leaves.flatMap(({ leaf: { leaf }, failedPaths, beyond }) => {
    const about = { title: book.title, leaf: leaf.title, version: null };
    return [
      ...failedPaths.map(
        (path) =>
          ({ ...about, sign: "-", ref: formatRef(leaf, path), note: "promised, in no stored version" }) as const,
      ),
      ...beyond.map(
        (path) =>
          ({ ...about, sign: "+", ref: formatRef(leaf, path), note: "stored, beyond what the source counts" }) as const,
      ),
    ];
  });
}
