/**
 * The store's two faces: a writer (one per library, in the coordinator's writer thread) and a reader (anybody, any
 * number). All calls are synchronous, as SQLite is; the writer's are one IMMEDIATE transaction each.
 */
export type * from "./api/ends.ts";
export type * from "./api/library.ts";
export type * from "./api/links.ts";
export type * from "./api/rows.ts";
export type * from "./api/writer.ts";
