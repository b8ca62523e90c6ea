export * from "./api.ts";
export { FORMAT } from "./format.ts";
export { hashLibrary, type BookHash, type LibraryHash, type VersionHash } from "./hash.ts";
export { lockLibrary, type LibraryLock } from "./lock.ts";
export { migrateLibrary, type Migrated } from "./migrate.ts";
export { PaceBook, type PaceGrant, type PaceLimits } from "./pace-book.ts";
export { openLibrary } from "./reader.ts";
export { openLibraryWriter } from "./writer.ts";
