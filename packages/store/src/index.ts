export * from "./api.ts";
export type {
  HitReason,
  HitVersion,
  NearestChunk,
  RankedSegment,
  SearchAnswer,
  SearchEngine,
  SearchFilters,
  SearchGrouping,
  SearchHit,
  SearchRequest,
  SearchWarning,
  Snippet,
  Stretch,
} from "./search/api.ts";
export { backupLibrary, type Backup } from "./backup.ts";
export { corpusLock, differencesOf, readCorpusLock, type LockDifference } from "./corpus-lock.ts";
export {
  coverageOf,
  coverBook,
  distinctVersions,
  smallestLimit,
  sumSlots,
  sumTexts,
  type BookCoverage,
  type Breather,
  type LeafCoverage,
  type LicenceExclusion,
  type SlotClass,
  type SlotCounts,
  type TextCounts,
} from "./coverage.ts";
export type { EvaluatedEngine, EvaluatedQuery, Evaluation, EvaluationGroup, Qrel, Scores } from "./evaluate/api.ts";
export { openBaselines } from "./evaluate/baseline.ts";
export { evaluate } from "./evaluate/evaluate.ts";
export { readQrels } from "./evaluate/qrels.ts";
export { FORMAT } from "./format.ts";
export { hashLibrary, type BookHash, type LibraryHash, type VersionHash } from "./hash.ts";
export { lockLibrary, type LibraryLock } from "./lock.ts";
export { migrateLibrary, type Migrated } from "./migrate.ts";
export { PaceBook, type PaceGrant, type PaceLimits } from "./pace-book.ts";
export { openLibrary } from "./reader.ts";
export { openLibraryWriter } from "./writer.ts";
export { embeddedKind, openEmbeddedSink } from "./vectors/embedded-sink.ts";
export { openNearest, type NearChunk, type NearestVectors } from "./vectors/nearest.ts";
export { hasVectors, openVectorCache, vectorsPath, type VectorCache } from "./vectors/vector-file.ts";
export { openStatus, type ApiAddress, type BookRow, type StatusReader } from "./status.ts";
