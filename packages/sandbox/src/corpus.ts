import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type {
  BookContent,
  SandboxBook,
  SandboxLibrary,
  SandboxVersion,
  SchemaRecord,
  VersionRecord,
} from "./library.ts";

/** What `manifest.json` of a corpus folder says of a book; it says more, which is not needed here. */
interface ManifestBook {
  readonly title: string;
  readonly heTitle: string;
  readonly categories: readonly string[];
  /** Path of the book's gzipped JSON below the folder. */
  readonly file: string;
  /** Size of that JSON, unpacked. */
  readonly jsonBytes: number;
}

interface CorpusFile {
  readonly index: Readonly<Record<string, unknown>>;
  readonly schema: SchemaRecord;
  readonly versions: readonly (VersionRecord & { readonly text: unknown })[];
}

/** The bucket's own merge of versions; the service does not have it. */
const MERGED = "merged";

/**
 * A folder of real books: `manifest.json` and one gzipped file per book. The contents come from the manifest at once;
 * a book is read when it is first asked for. Other names than its title are therefore not known.
 */
export function loadCorpus(folder: string): SandboxLibrary {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    readonly books: readonly ManifestBook[];
  };
  const titles = new Set(manifest.books.map((book) => book.title));
  const books = manifest.books.map((book) => corpusBook(folder, book, titles));
  return { books, heCategories: {}, collections: [], links: () => readLinks(folder) };
}

function corpusBook(folder: string, book: ManifestBook, titles: ReadonlySet<string>): SandboxBook {
  const { title, heTitle, categories } = book;
  const listing = dependenceOf(book, titles);
  const load = () => readBook(join(folder, book.file), book.jsonBytes);
  return { title, heTitle, categories, titleVariants: [], listing, isVirtual: false, load };
}

/** Lines of the folder's own links file; none of its fields holds a line break. */
function readLinks(folder: string): readonly string[] {
  const file = join(folder, "links/links.csv.gz");
  if (!existsSync(file)) return [];
  const lines = Buffer.from(Bun.gunzipSync(readFileSync(file)))
    .toString("utf8")
    .split(/\r?\n/);
  return lines.slice(1).filter((line) => line !== "");
}

/** The folder's records name no base text; a commentary's title does: `X on Y`. */
function dependenceOf(book: ManifestBook, titles: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  const base = / on (.+)$/.exec(book.title)?.[1];
  if (base === undefined || !titles.has(base)) return {};
  const dependence = book.categories.includes("Targum") ? "Targum" : "Commentary";
  return { dependence, base_text_titles: [base] };
}

function readBook(file: string, sizeBytes: number): BookContent {
  const unpacked = Buffer.from(Bun.gunzipSync(readFileSync(file))).toString("utf8");
  const { index, schema, versions } = JSON.parse(unpacked) as CorpusFile;
  const all = versions.map(({ text, ...meta }): SandboxVersion => ({ meta, text }));
  return {
    record: index,
    schema,
    versions: all.filter(({ meta }) => meta.versionTitle !== MERGED),
    merged: all.filter(({ meta }) => meta.versionTitle === MERGED),
    sizeBytes,
  };
}
