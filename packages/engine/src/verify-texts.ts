import { addTallies, formatRef, isBlank, TallyCounter, versionId, type Ref } from "@sofer/core";
import type { HoldingRow, Library, StoredLeaf } from "@sofer/store";
import { distinctVersions } from "./coverage.ts";
import type { VerifyLine } from "./verify.ts";

type TextLine = Omit<VerifyLine, "title" | "leaf">;

/** A leaf's texts against the hashes they were stored with, and against what its holdings count. */
export function verifyTexts(
  library: Library,
  stored: StoredLeaf,
  holdings: readonly HoldingRow[],
): { readonly lines: readonly TextLine[]; readonly intact: number } {
  const lines: TextLine[] = [];
  let intact = 0;
  for (const version of distinctVersions(holdings)) {
    const texts = library.leafVersionTexts(stored.nodeId, version);
    const tally = new TallyCounter();
    for (const [index, text] of texts.texts.entries()) {
      tally.add(text);
      const ref = (): Ref => formatRef(stored.leaf, texts.paths[index] ?? []);
      if (isBlank(text)) lines.push({ sign: "*", version, ref: ref(), note: `${versionId(version)}: blank` });
      else if (!hasHash(text, texts.hashes[index])) {
        lines.push({ sign: "*", version, ref: ref(), note: `${versionId(version)}: not the text that was stored` });
      } else intact++;
    }
    const own = holdings.filter((row) => versionId(row.version) === versionId(version));
    const held = addTallies(...own.map((row) => ({ count: row.stored, sum: row.tallySum })));
    const found = tally.tally();
    if (found.count !== held.count || found.sum !== held.sum) {
      const note = `${versionId(version)}: ${found.count} texts, ${held.count} were stored, or their sums differ`;
      lines.push({ sign: found.count < held.count ? "-" : "*", version, ref: stored.leaf.title, note });
    }
  }
  return { lines, intact };
}

function hasHash(text: string, hash: Uint8Array | undefined): boolean {
  if (hash === undefined) return false;
  return Bun.CryptoHasher.hash("sha256", text).subarray(0, 16).equals(hash);
}
