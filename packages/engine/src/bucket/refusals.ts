import type { ListedObject, PlainError } from "@sofer/core";
import { openLibrary } from "@sofer/store/run";
import type { ListedBook } from "./listing.ts";
import type { BucketRun } from "./run-bucket.ts";

/** Why a book cannot be brought, as long as its schema is what it is. */
export interface Refusal {
  readonly unitId: string;
  readonly error: PlainError;
}

/**
 * Books without text (dictionaries; books whose versions are all left out of the export) have no row in the library
 * that could say so. It is kept beside them, so that a run that finds nothing new need not read their schemas again.
 */
export class Refusals {
  readonly #run: BucketRun;

  constructor(run: BucketRun) {
    this.#run = run;
  }

  of(listed: ListedBook, schema: ListedObject): Refusal | null {
    if (listed.texts.length > 0 || this.#run.wish.isFresh) return null;
    const library = openLibrary(this.#run.options.libraryPath);
    try {
      const kept = library.meta(keyOf(listed));
      const { checksum, refusal } = (kept === null ? {} : JSON.parse(kept)) as { checksum?: string; refusal?: Refusal };
      return refusal !== undefined && checksum === checksumOf(schema) ? refusal : null;
    } finally {
      library.close();
    }
  }

  async keep(listed: ListedBook, schema: ListedObject, refusal: Refusal): Promise<void> {
    const value = JSON.stringify({ checksum: checksumOf(schema), refusal });
    await this.#run.road.writer.call("saveMeta", keyOf(listed), value);
  }
}

const keyOf = (listed: ListedBook) => `refused ${listed.entry.title}`;
const checksumOf = ({ md5, crc32c, size }: ListedObject) => md5 ?? crc32c ?? String(size);
