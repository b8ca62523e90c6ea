import { EditError } from "../edits/edit.ts";
import type { SandboxBook, SandboxLibrary } from "../library.ts";
import { Shelf } from "../opened-book.ts";
import { bookFiles, type FileSpec } from "./book-files.ts";
import { FIXED, fixedFiles } from "./fixed-files.ts";
import { compareNames, folderOf, folderOfFile, schemaName } from "./names.ts";
import {
  checksums,
  compressed,
  FIRST_GENERATION,
  firstStamp,
  HOUR,
  isStoredGzip,
  stamp,
  type ObjectInfo,
  type ObjectShelf,
  type StoredObject,
} from "./object-info.ts";

export interface BucketOptions {
  /** What stands before `json/` and the others: "" or a folder such as `current/`. */
  readonly root?: "" | `${string}/`;
  /** Which objects are stored compressed; absent: a third of them, always the same ones. */
  readonly gzip?: "some" | "none" | "all";
  /** Which objects have a CRC-32C and no MD5, as those have that were put together; absent: one in sixteen. */
  readonly composed?: "some" | "none";
  /** Lines in a links file; absent: 1,000, so that a small library has several files. */
  readonly linksPerFile?: number;
  /** Bound of the bytes kept for repeated downloads. */
  readonly keepBytes?: number;
}

/** Made once: information about each file of one book, or of the files that belong to none. */
type Infos = Map<string, ObjectInfo>;

/** Key of the files that belong to no book. */
const NO_BOOK = "";

const KEEP_BYTES = 64 * 1024 * 1024;
/** Books open at once; a big one weighs 6 MB as JSON and three times that in memory. */
const SHELF_BYTES = 24 * 1024 * 1024;
const LINKS_PER_FILE = 1000;
/** Later generations follow at this distance. */
const STEP = 1_000_000;

/**
 * The export's files, made from the library when they are asked for. Of each, size, checksums and generation are kept;
 * bytes only up to a bound, and made again, the same, after that.
 */
export class Bucket implements ObjectShelf {
  readonly root: string;
  #library: SandboxLibrary;
  readonly #options: BucketOptions;
  readonly #shelf: Shelf;
  #books: readonly SandboxBook[] = [];
  #byTitle = new Map<string, SandboxBook>();
  #byFolder = new Map<string, SandboxBook>();
  #bySchema = new Map<string, SandboxBook>();
  /** By book title. */
  readonly #infos = new Map<string, Infos>();
  /** What an object was when it was last described, also while it is not there. */
  readonly #before = new Map<string, ObjectInfo>();
  #generations = 0;
  readonly #kept = new Map<string, StoredObject>();
  #keptBytes = 0;

  constructor(library: SandboxLibrary, options: BucketOptions = {}) {
    this.#library = library;
    this.#options = options;
    this.root = options.root ?? "";
    this.#shelf = new Shelf(library, SHELF_BYTES);
    this.#index();
  }

  /** Takes the place of the library. @param changed titles of books that are others now. */
  restock(library: SandboxLibrary, changed: readonly string[]): void {
    this.#library = library;
    for (const title of changed) {
      this.#shelf.restock(library, title);
      this.#forget(title);
    }
    this.#forget(NO_BOOK);
    this.#index();
  }

  /** The same bytes under a new generation. @param name absent: all objects. @throws EditError when it is not there. */
  touch(name?: string): void {
    const owners = name === undefined ? [null, ...this.#books] : [this.#ownerOf(name)];
    const found = owners.flatMap((owner) => {
      const infos = this.#infosOf(owner);
      return [...infos.values()]
        .filter((info) => name === undefined || info.name === name)
        .map((info) => ({ infos, info }));
    });
    if (found.length === 0) throw new EditError(`there is no object "${name ?? ""}"`);
    for (const { infos, info } of found) {
      const touched = { ...info, ...this.#nextGeneration() };
      infos.set(info.name, touched);
      this.#before.set(info.name, touched);
      this.#drop(info.name);
    }
  }

  /** Objects whose names begin so, in the listing's order. Yields between books, so that others are answered. */
  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    const found: ObjectInfo[] = [];
    const holds = (owner: SandboxBook | null) => this.#mayHold(owner, prefix);
    const titles = [null, ...this.#books].filter(holds).map((owner) => owner?.title ?? NO_BOOK);
    for (const title of titles) {
      if (!this.#infos.has(title)) await Bun.sleep(0);
      // Looked up after the pause: an edit may have made it another book, or none.
      const owner = title === NO_BOOK ? null : this.#byTitle.get(title);
      if (owner === undefined) continue;
      for (const info of this.#infosOf(owner).values()) if (info.name.startsWith(prefix)) found.push(info);
    }
    return found.toSorted((a, b) => compareNames(a.name, b.name));
  }

  /** @param name whole name, root included. */
  get(name: string): StoredObject | null {
    if (!name.startsWith(this.root)) return null;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const owner = this.#ownerOf(name);
    const info = this.#infosOf(owner).get(name);
    if (info === undefined) return null;
    const again = this.#kept.get(name);
    if (again !== undefined) return again;
    const spec = this.#filesOf(owner).find((file) => this.root + file.name === name);
    if (spec === undefined) return null;
    const content = Buffer.from(spec.make());
    const stored = { info, bytes: info.isGzip ? compressed(content) : content };
    this.#keep(stored);
    return stored;
  }

  #index(): void {
    this.#books = [...this.#library.books, ...(this.#library.unlisted ?? [])];
    this.#byTitle = new Map(this.#books.map((book) => [book.title, book]));
    this.#byFolder = new Map(this.#books.map((book) => [folderOf(book), book]));
    this.#bySchema = new Map(this.#books.map((book) => [schemaName(book), book]));
  }

  #forget(title: string): void {
    for (const name of this.#infos.get(title)?.keys() ?? []) this.#drop(name);
    this.#infos.delete(title);
  }

  #ownerOf(name: string): SandboxBook | null {
    const below = name.slice(this.root.length);
    return this.#bySchema.get(below) ?? this.#byFolder.get(folderOfFile(below)) ?? null;
  }

  /** False when no file of the owner can begin so. */
  #mayHold(owner: SandboxBook | null, prefix: string): boolean {
    if (owner === null) {
      const below = prefix.slice(this.root.length);
      return FIXED.some((name) => (this.root + name).startsWith(prefix) || below.startsWith(name));
    }
    const folder = `${this.root}${folderOf(owner)}/`;
    return folder.startsWith(prefix) || prefix.startsWith(folder) || (this.root + schemaName(owner)).startsWith(prefix);
  }

  #filesOf(owner: SandboxBook | null): FileSpec[] {
    if (owner !== null) return bookFiles(this.#shelf.open(owner), this.#library);
    const lines = this.#library.links?.() ?? [];
    return fixedFiles(this.#library, lines, this.#options.linksPerFile ?? LINKS_PER_FILE);
  }

  #infosOf(owner: SandboxBook | null): Infos {
    const title = owner?.title ?? NO_BOOK;
    const known = this.#infos.get(title);
    if (known !== undefined) return known;
    const infos = new Map<string, ObjectInfo>();
    for (const spec of this.#filesOf(owner)) {
      const name = this.root + spec.name;
      const content = Buffer.from(spec.make());
      const isGzip = content.byteLength > 0 && isStoredGzip(name, this.#options.gzip ?? "some");
      const bytes = isGzip ? compressed(content) : content;
      const info = this.#describe({ name, kind: spec.kind, isGzip, book: owner }, bytes);
      infos.set(name, info);
      this.#keep({ info, bytes });
    }
    this.#infos.set(title, infos);
    return infos;
  }

  #describe(known: Pick<ObjectInfo, "name" | "kind" | "isGzip" | "book">, bytes: Buffer): ObjectInfo {
    const { name } = known;
    const sums = checksums(name, bytes, this.#options.composed ?? "some");
    const before = this.#before.get(name);
    const isSame = before?.crc32c === sums.crc32c && before.size === bytes.byteLength;
    const { generation, updated } = before === undefined ? firstStamp(name) : isSame ? before : this.#nextGeneration();
    const info = { ...known, size: bytes.byteLength, ...sums, generation, updated };
    this.#before.set(name, info);
    return info;
  }

  #nextGeneration() {
    this.#generations++;
    return stamp(FIRST_GENERATION + HOUR + this.#generations * STEP);
  }

  #drop(name: string): void {
    this.#keptBytes -= this.#kept.get(name)?.info.size ?? 0;
    this.#kept.delete(name);
  }

  #keep(stored: StoredObject): void {
    const bound = this.#options.keepBytes ?? KEEP_BYTES;
    this.#drop(stored.info.name);
    this.#kept.set(stored.info.name, stored);
    this.#keptBytes += stored.info.size;
    for (const [name, old] of this.#kept) {
      if (this.#keptBytes <= bound) break;
      this.#kept.delete(name);
      this.#keptBytes -= old.info.size;
    }
  }
}
