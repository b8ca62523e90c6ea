/** Changes whenever {@link embeddingText} gives other output for any input: then vectors are made anew. */
export const EMBEDDING_TEXT = "1";

/** Cantillation, niqqud and other Hebrew marks, joiners and direction marks, soft hyphens. */
const MARKS =
  /[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\u034f/g;
/** Paseq and nun hafukha. */
const SEPARATORS = /[\u05c0\u05c6]/g;

/**
 * A chunk's display text as it is embedded: Hebrew without marks (models have learnt from unpointed texts, and a mark
 * costs up to a token), maqaf as a hyphen, sof pasuq as a colon, runs of white space as one space. Letters, capitals and
 * punctuation stay, unlike in the search form: a model reads them.
 */
export function embeddingText(clean: string): string {
  return clean
    .normalize("NFC")
    .replaceAll(MARKS, "")
    .replaceAll(SEPARATORS, " ")
    .replaceAll("\u05be", "-")
    .replaceAll("\u05c3", ":")
    .replaceAll(/\s+/g, " ")
    .trim();
}
