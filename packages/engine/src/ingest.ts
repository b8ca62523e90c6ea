/** What brings books and links, by itself: whoever only ingests does not load what verifies, embeds and pushes. */
export { loadBucketLinks } from "./bucket/links-of-bucket.ts";
export { loadLinkFiles } from "./links.ts";
export { runIngest } from "./run-ingest.ts";
