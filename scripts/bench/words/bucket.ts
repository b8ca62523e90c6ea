import { choiceOf, end, whole, type Bench } from "../given.ts";
import { measureBucket } from "../measure-bucket.ts";
import { isBucketProven, renderBucketReport } from "../report-bucket.ts";

/** Whole ingests by the export bucket, beside loops that only download and parse. */
export const bench: Bench = {
  options: ["workers", "books", "runs", "latency", "generated", "save"],
  words: 0,
  async run(given) {
    const measured = await measureBucket({ ...choiceOf(given), rounds: whole(given, "runs", 3) });
    await end(given, renderBucketReport(measured), measured, isBucketProven(measured));
  },
};
