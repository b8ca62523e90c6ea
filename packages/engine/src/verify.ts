import { formatRef, isBlank, TallyCounter, addTallies, versionId, type Ref } from "@sofer/core";
import type { Library } from "@sofer/store";
import { coverBook, failuresOf, sumSlots, sumTexts, type SlotCounts, type TextCounts } from "./coverage.ts";

/** As rclone's check says it: `-` missing in the library, `+` only there, `*` differs, `!` could not be compared. */
export type VerifySign = "=" | "-" | "+" | "*" | "!";

export interface VerifyLine {
  readonly sign: VerifySign;
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
export function verifyLibrary(library: Library, titles: ReadonlySet<string> | null): VerifyReport {
  const lines: VerifyLine[] = [];
  const slots: SlotCounts[] = [];
  const texts: TextCounts[] = [];
  let intact = 0;
  const books = library.books().filter((book) => titles === null || titles.has(book.title));
  for (const book of books) {
    const covered = coverBook(library, book, (leaf, version, stored, holdings) => {
      const tally = new TallyCounter();
      for (const [index, text] of stored.texts.entries()) {
        tally.add(text);
        const ref = (): Ref => formatRef(leaf.leaf, stored.paths[index] ?? []);
        if (isBlank(text)) lines.push({ sign: "*", ref: ref(), note: `${versionId(version)}: blank` });
        else if (!hasHash(text, stored.hashes[index])) {
          lines.push({ sign: "*", ref: ref(), note: `${versionId(version)}: not the text that was stored` });
        } else intact++;
      }
      const held = holdings.reduce((sum, row) => sum + row.stored, 0);
      const heldSum = addTallies(...holdings.map((row) => ({ count: row.stored, sum: row.tallySum })));
      const found = tally.tally();
      if (found.count !== held || found.sum !== heldSum.sum) {
        const note = `${versionId(version)}: ${found.count} texts, ${held} were stored, or their sums differ`;
        lines.push({ sign: found.count < held ? "-" : "*", ref: leaf.leaf.title, note });
      }
    });
    for (const leaf of covered.leaves) {
      for (const path of leaf.failedPaths) {
        lines.push({ sign: "-", ref: formatRef(leaf.leaf.leaf, path), note: "promised, in no stored version" });
      }
      for (const path of leaf.beyond) {
        lines.push({ sign: "+", ref: formatRef(leaf.leaf.leaf, path), note: "stored, beyond what the source counts" });
      }
    }
    slots.push(covered.slots);
    texts.push(covered.texts);
  }
  for (const failure of failuresOf(library, titles)) {
    // A dictionary holds no stored text: there is nothing of it to be whole.
    if (failure.code === "virtual-node") continue;
    lines.push({ sign: "!", ref: failure.place, note: `${failure.code}: ${failure.message}` });
  }
  return {
    books: books.length,
    slots: sumSlots(slots),
    texts: sumTexts(texts),
    intact,
    lines,
    // Text beyond the counts is news, not loss: the counts are older than the text.
    isWhole: lines.every((line) => line.sign === "+"),
  };
}

function hasHash(text: string, hash: Uint8Array | undefined): boolean {
  if (hash === undefined) return false;
  const actual = Bun.SHA256.hash(text, new Uint8Array(32));
  return Buffer.compare((actual as Uint8Array).subarray(0, 16), hash) === 0;
}
