import { Elysia, t } from "elysia";
import type { BookRow } from "@sofer/store";
import type { ApiContext } from "../context.ts";
import { addSlots, Coverage, NO_SLOTS, type Covered } from "../coverage.ts";
import { notFound } from "../problem.ts";
import { Book, BookDetail, BookPage, BookState, Category, SectionPage, VersionPage } from "../schemas/books.ts";
import { pageQuery, Problem, words } from "../schemas/common.ts";

/** Costs are summed over all units of all runs. */
const COSTS_FRESH_MS = 1_000;
/** The grid looks at every book: 7,000 times 30 us to see that nothing has changed. */
const GRID_FRESH_MS = 3_000;
const GRID_PAGE = 500;

type BookOf = typeof Book.static;

/** Books with how complete they are, down to their sections; categories; versions with their licences. */
export function books(context: ApiContext) {
  const { library, status, cache, run } = context;
  const coverage = new Coverage(library, status);

  const stateOf = (title: string, { segments, failures }: Covered): BookOf["state"] => {
    if (run?.isActive(title) === true) return "working";
    if (failures > 0) return "failed";
    if (segments.pending + segments.failed === 0) return "whole";
    return segments.pending + segments.failed === segments.expected ? "waiting" : "partial";
  };
  const bookOf = async (row: BookRow): Promise<BookOf> => {
    const covered = await coverage.of(row);
    const cost = cache.get("costs", () => status.costs(), COSTS_FRESH_MS).get(row.title);
    const { segments, versions, texts, chunks, failures } = covered;
    return {
      title: row.title,
      heTitle: row.heTitle,
      categories: [...row.categories],
      state: stateOf(row.title, covered),
      segments,
      versions,
      texts,
      chunks,
      requests: cost?.requests ?? 0,
      bytes: cost?.bytes ?? 0,
      failures,
      checkedAt: row.checkedAt,
    };
  };
  const booksOf = async (rows: readonly BookRow[]): Promise<BookOf[]> => {
    const items: BookOf[] = [];
    for (const row of rows) items.push(await bookOf(row));
    return items;
  };
  const rowOf = (title: string): BookRow | null => status.bookNamed(title);

  const grid = async () => {
    const found = new Map<string, typeof Category.static>();
    let after: string | undefined;
    for (;;) {
      const rows = status.books({ limit: GRID_PAGE, ...(after === undefined ? {} : { after }) });
      for (const book of await booksOf(rows)) {
        for (let depth = 1; depth <= book.categories.length; depth++) {
          const path = book.categories.slice(0, depth);
          const key = JSON.stringify(path);
          const sum = found.get(key) ?? { path, books: 0, states: {}, segments: NO_SLOTS };
          found.set(key, {
            path,
            books: sum.books + 1,
            states: { ...sum.states, [book.state]: (sum.states[book.state] ?? 0) + 1 },
            segments: addSlots(sum.segments, book.segments),
          });
        }
      }
      after = rows.at(-1)?.title;
      if (rows.length < GRID_PAGE || after === undefined) return { items: [...found.values()] };
    }
  };

  return new Elysia({ tags: ["books"] })
    .get(
      "/api/books",
      ({ query: { limit, after, category, state } }) =>
        cache.get(`books ${JSON.stringify([limit, after, category, state])}`, async () => {
          const rows = status.books({
            limit: limit + 1,
            ...(after === undefined ? {} : { after }),
            ...(category === undefined ? {} : { category }),
          });
          const shown = rows.slice(0, limit);
          const items = await booksOf(shown);
          const next = rows.length > limit ? (shown.at(-1)?.title ?? null) : null;
          const wanted = state === undefined ? items : items.filter((item) => item.state === state);
          return { items: wanted, next, total: status.bookCount(category) };
        }),
      {
        query: t.Object({
          ...pageQuery,
          category: t.Optional(words("a category at any depth")),
          state: t.Optional(BookState),
        }),
        response: { 200: BookPage },
        detail: { summary: "books in the order of the contents, with how complete they are" },
      },
    )
    .get("/api/categories", () => cache.get("grid", grid, GRID_FRESH_MS), {
      response: { 200: t.Object({ items: t.Array(Category) }) },
      detail: { summary: "categories at every depth, with how complete they are" },
    })
    .get(
      "/api/books/:title",
      async ({ params: { title } }) => {
        const row = rowOf(title);
        if (row === null) return notFound(`the library has no book "${title}"`, "titles are as in /api/books");
        return cache.get(`book ${title}`, async () => {
          const [book, { leaves }] = [await bookOf(row), await coverage.of(row)];
          return {
            ...book,
            pushed: status.pushed(row.id),
            leaves: [...leaves],
            editions: [...library.heldVersions([title])],
          };
        });
      },
      {
        params: t.Object({ title: words("English title") }),
        response: { 200: BookDetail, 404: Problem },
        detail: { summary: "one book, its leaves and its versions with text" },
      },
    )
    .get(
      "/api/books/:title/sections",
      async ({ params: { title }, query: { limit, after } }) => {
        const row = rowOf(title);
        if (row === null) return notFound(`the library has no book "${title}"`, "titles are as in /api/books");
        const all = await cache.get(`sections ${title}`, () => coverage.sections(title));
        const items = all.slice(after, after + limit);
        return { items, next: after + limit < all.length ? String(after + limit) : null };
      },
      {
        params: t.Object({ title: words("English title") }),
        query: t.Object({ limit: pageQuery.limit, after: t.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }) }),
        response: { 200: SectionPage, 404: Problem },
        detail: { summary: "a book's sections in reading order, with how complete they are" },
      },
    )
    .get(
      "/api/versions",
      ({ query: { limit, after, title } }) =>
        cache.get(`versions ${JSON.stringify([limit, after, title])}`, () => {
          // A page ends with a book, so that it can begin with one: `limit` is of books.
          const rows =
            title === undefined ? status.books({ limit: limit + 1, ...(after === undefined ? {} : { after }) }) : [];
          const titles = title === undefined ? rows.slice(0, limit).map((row) => row.title) : [title];
          const next = rows.length > limit ? (titles.at(-1) ?? null) : null;
          return { items: [...library.heldVersions(titles)], next };
        }),
      {
        query: t.Object({ ...pageQuery, title: t.Optional(words("of one book only")) }),
        response: { 200: VersionPage },
        detail: { summary: "versions with text, with licence and source, by book (limit: books)" },
      },
    );
}
