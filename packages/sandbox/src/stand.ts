import { Bucket, type BucketOptions } from "./bucket/bucket.ts";
import type { ObjectShelf } from "./bucket/object-info.ts";
import { EditError, type Edit, type TextEdit } from "./edits/edit.ts";
import { Stock } from "./edits/stock.ts";
import type { SandboxLibrary } from "./library.ts";
import { Shelf } from "./opened-book.ts";

/** Service and bucket over one library: an edit is seen through both. */
export class Stand {
  readonly shelf: Shelf;
  readonly bucket: Bucket;
  /** What the bucket's requests are answered from. */
  readonly objects: ObjectShelf;
  readonly #stock: Stock;
  /** By object name: what is done once it was listed; null: a touch. */
  readonly #afterListing = new Map<string, TextEdit | null>();

  /** @param stored objects that were written before, in place of those made from the library; they stay as they are. */
  constructor(library: SandboxLibrary, options?: BucketOptions, stored?: ObjectShelf) {
    this.#stock = new Stock(library);
    this.shelf = new Shelf(this.#stock.library);
    this.bucket = new Bucket(this.#stock.library, options);
    this.objects = stored ?? this.bucket;
  }

  get library(): SandboxLibrary {
    return this.#stock.library;
  }

  /** @throws EditError at the first edit that cannot be done; those before it are. */
  edit(edits: readonly Edit[]): void {
    if (this.objects !== this.bucket) throw new EditError("an export that was written before cannot be edited");
    for (const edit of edits) this.#edit(edit);
  }

  /** Names that a page has just listed. */
  listed(names: readonly string[]): void {
    for (const name of names) {
      const edit = this.#afterListing.get(name);
      if (edit === undefined) continue;
      this.#afterListing.delete(name);
      if (edit === null) this.bucket.touch(name);
      else this.#edit(edit);
    }
  }

  /** The same bytes under a new generation, when the object is there. */
  replace(name: string | null): void {
    if (this.objects !== this.bucket) return;
    if (name !== null && this.bucket.get(name) !== null) this.bucket.touch(name);
  }

  #edit(edit: Edit): void {
    if (edit.kind === "touch") this.bucket.touch(edit.object);
    else if (edit.kind === "replace-after-listing") this.#afterListing.set(edit.object, edit.edit ?? null);
    else if (edit.kind === "add-link" || edit.kind === "drop-link") {
      this.#stock.editLinks(edit);
      this.shelf.restock(this.library, null);
      this.bucket.restock(this.library, []);
    } else {
      const title = this.#stock.editText(edit);
      this.shelf.restock(this.library, title);
      this.bucket.restock(this.library, [title]);
    }
  }
}
