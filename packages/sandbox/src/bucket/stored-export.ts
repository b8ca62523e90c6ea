import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { compareNames } from "./names.ts";
import type { ObjectInfo, ObjectShelf, StoredObject } from "./object-info.ts";

/** The bytes of all objects, one after another. */
export const PACK = "objects.pack";
/** What they are; written last, so that it is there only when all of them are. */
export const PACK_INDEX = "objects.json";

export interface PackedObject {
  readonly info: ObjectInfo;
  /** Where its bytes begin in the pack. */
  readonly at: number;
}

export interface PackIndex {
  /** Of what it was made. */
  readonly made: string;
  readonly objects: readonly PackedObject[];
}

/** An export that was written to a folder by `writeExport`: an object costs one read, and nothing is held in memory. */
export class StoredExport implements ObjectShelf {
  readonly root = "";
  readonly made: string;
  readonly #sorted: readonly ObjectInfo[];
  readonly #byName: ReadonlyMap<string, PackedObject>;
  readonly #pack: number;

  constructor(folder: string) {
    const { made, objects } = JSON.parse(readFileSync(join(folder, PACK_INDEX), "utf8")) as PackIndex;
    this.made = made;
    this.#sorted = objects.map(({ info }) => info).toSorted((a, b) => compareNames(a.name, b.name));
    this.#byName = new Map(objects.map((object) => [object.info.name, object]));
    this.#pack = openSync(join(folder, PACK), "r");
  }

  list(prefix: string): Promise<readonly ObjectInfo[]> {
    return Promise.resolve(this.#sorted.filter(({ name }) => name.startsWith(prefix)));
  }

  get(name: string): StoredObject | null {
    const packed = this.#byName.get(name);
    if (packed === undefined) return null;
    const { info, at } = packed;
    const bytes = Buffer.allocUnsafe(info.size);
    for (let got = 0; got < info.size;) {
      const read = readSync(this.#pack, bytes, got, info.size - got, at + got);
      if (read === 0) throw new RangeError(`the pack ends within ${name}`);
      got += read;
    }
    return { info, bytes };
  }

  close(): void {
    closeSync(this.#pack);
  }
}
