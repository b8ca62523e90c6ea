/** The other end of messages.ts: says of each batch how much it was. */
import type { Batch } from "./messages.ts";

process.on("message", (batch: Batch) => process.send?.(batch.bytes));
process.on("disconnect", () => process.exit(0));
