import { SoferError, type BookOutline } from "@sofer/core";

/**
 * The record that came is the book's that was asked for: a book that was renamed is answered under its new name, and would
 * be taken for another one, while the one asked for would be missing without a word.
 * @throws SoferError `wrong-ref`
 */
export function outlineOf(title: string, outline: BookOutline): BookOutline {
  const { tree } = outline;
  if (tree.title === title) return outline;
  throw new SoferError("wrong-ref", `"${title}" is answered with "${tree.title}"`, {
    hint: "the book was renamed: ask for it by its new name",
  });
}
