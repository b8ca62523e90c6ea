/** What a run opens, by itself: the whole of the package is twice as many modules, which take 15 ms of a run's start. */
export type * from "./api.ts";
export {
  coverageOf,
  coverBook,
  sumSlots,
  sumTexts,
  type BookCoverage,
  type LicenceExclusion,
  type SlotCounts,
  type TextCounts,
} from "./coverage.ts";
export { lockLibrary, type LibraryLock } from "./lock.ts";
export { migrateLibrary, type Migrated } from "./migrate.ts";
export { PaceBook, type PaceGrant, type PaceLimits } from "./pace-book.ts";
export { openLibrary } from "./reader.ts";
