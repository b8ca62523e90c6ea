export * from "./corpus.ts";
export * from "./faults.ts";
export * from "./generate/library.ts";
export * from "./library.ts";
export * from "./server.ts";
export * from "./stats.ts";
export type { BucketOptions } from "./bucket/bucket.ts";
export type { ObjectKind } from "./bucket/book-files.ts";
export * from "./edits/edit.ts";
