import { comparePaths, isBlank, sameTally, SoferError, TallyCounter, type ChunkedParcel } from "@sofer/core";

/**
 * Counts and hashes a parcel's texts again, just before they are stored, and compares with what the parser saw.
 * @throws `not-conserved`, naming what differs.
 */
export function requireConserved(parcel: ChunkedParcel): void {
  const { counts, texts, paths, tokens } = parcel;
  const fail = (what: string): never => {
    throw new SoferError("not-conserved", `${parcel.version.language}|${parcel.version.versionTitle}: ${what}`, {
      hint: "Nothing of this part was written. Run it again; if it comes back, please report it.",
      url: parcel.sourceTag,
    });
  };
  if (paths.length !== texts.length) fail(`${texts.length} texts at ${paths.length} places`);
  if (tokens.length !== texts.length) fail(`${texts.length} texts with ${tokens.length} token counts`);
  if (counts.stored !== texts.length) fail(`${texts.length} texts where ${counts.stored} are counted as stored`);
  if (counts.places !== counts.stored + counts.blank + counts.notText + counts.excluded) {
    fail(`${counts.places} places are not the sum of their classes`);
  }
  for (let index = 1; index < paths.length; index++) {
    const path = paths[index] ?? [];
    if (comparePaths(paths[index - 1] ?? [], path) >= 0)
      fail(`place ${path.join(":")} stands twice, or out of reading order`);
  }
  const counter = new TallyCounter();
  for (const text of texts) {
    if (isBlank(text)) fail("a blank text among those to store");
    // SQLite keeps UTF-8, which has no form for half a surrogate pair: it would be altered without a word.
    if (!text.isWellFormed()) fail("a text with half a surrogate pair, which no UTF-8 file can hold");
    counter.add(text);
  }
  const again = counter.tally();
  if (!sameTally(again, parcel.tally)) {
    fail(
      `texts count ${again.count} and hash ${again.sum}; their parser said ${parcel.tally.count} and ${parcel.tally.sum}`,
    );
  }
}
