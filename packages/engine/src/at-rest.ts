import { lockLibrary, migrateLibrary, openLibrary, type Library } from "@sofer/store";
import { WriterClient } from "./writer/writer-client.ts";

/** A library that nothing else is written to. */
export interface AtRest {
  readonly library: Library;
  readonly writer: Pick<WriterClient, "call">;
}

/** Work on a library that no run is on: with its lock, a reader, and the one writer. */
export async function withLibraryAtRest<T>(libraryPath: string, work: (rest: AtRest) => Promise<T>): Promise<T> {
  const lock = lockLibrary(libraryPath);
  try {
    migrateLibrary(libraryPath);
    const library = openLibrary(libraryPath);
    const writer = new WriterClient(
      () => undefined,
      () => undefined,
    );
    try {
      await writer.open(libraryPath);
      return await work({ library, writer });
    } finally {
      library.close();
      await writer.close();
    }
  } finally {
    lock.release();
  }
}
