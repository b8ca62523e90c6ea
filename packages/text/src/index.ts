export { cleanText, type CleanText, type Footnote } from "./markup/clean-text.ts";
export { EMBEDDING_TEXT, embeddingText } from "./embedding-text.ts";
export { ftsExpression, type FormsOf } from "./search/fts.ts";
export { NORMALISER, normaliseForSearch, searchText } from "./search/normalise.ts";
export { parseQuery } from "./search/parse-query.ts";
export { prefixedForms, strippedForms } from "./search/prefixes.ts";
export {
  excludedTerms,
  renderQuery,
  wantedTerms,
  type ParsedQuery,
  type QueryNode,
  type QueryTerm,
  type QueryWarning,
} from "./search/query-tree.ts";
export { cutSnippet } from "./search/snippet.ts";
export { wordsOf, wordsWithPlaces, type TextWord } from "./search/words.ts";
export { marksOf, writtenTerm, writtenWords, type WrittenMarks, type WrittenWord } from "./search/written.ts";
export { TOKENIZER, countTokens, loadTokenizer } from "./tokens.ts";
export { chunkLeaf, type ChunkInput } from "./chunk/chunk-leaf.ts";
export { CHUNKER, CHUNKING, JOINT, chunkingKey, rebuildChunkText } from "./chunk/key.ts";
