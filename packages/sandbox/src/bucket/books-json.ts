import { BUCKET } from "./names.ts";
import type { ObjectInfo } from "./object-info.ts";

/** The published index of all files: names and addresses, no checksums; sizes of the special files only. */
export function booksJson(objects: readonly ObjectInfo[], root: string, url: string): unknown {
  const base = `${url}/${BUCKET}/`;
  const books = objects.flatMap((info) => {
    const parts = info.name.slice(root.length).split("/");
    if (parts[0] !== "json" || parts.length < 5) return [];
    const [language = "", file = ""] = parts.slice(-2);
    const { title, categories } = placeOf(info, parts.slice(1, -2));
    const versionTitle = file.replace(/\.json$/, "");
    return [{ title, categories, language, versionTitle, json_url: base + encodePath(info.name) }];
  });
  const special_files = objects
    .filter(({ kind }) => kind === "contents" || kind === "links" || kind === "other")
    .map(({ name, size }) => ({ path: name, url: base + encodePath(name), size }));
  return {
    generated_at: "2026-11-02T04:00:00Z",
    bucket: BUCKET,
    base_url: base,
    total_texts: books.length,
    special_files,
    books,
  };
}

function placeOf({ book }: ObjectInfo, folders: readonly string[]) {
  return book ?? { title: folders.at(-1) ?? "", categories: folders.slice(0, -1) };
}

export function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
