export { cleanText, type CleanText, type Footnote } from "./markup/clean-text.ts";
export { EMBEDDING_TEXT, embeddingText } from "./embedding-text.ts";
export { NORMALISER, normaliseForSearch, searchText } from "./search/normalise.ts";
export { searchQuery, type SearchQuery } from "./search/query.ts";
export { TOKENIZER, countTokens, loadTokenizer } from "./tokens.ts";
export { chunkLeaf, type ChunkInput } from "./chunk/chunk-leaf.ts";
export { CHUNKER, CHUNKING, JOINT, chunkingKey, rebuildChunkText } from "./chunk/key.ts";
