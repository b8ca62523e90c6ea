import { useEffect, useRef } from "preact/hooks";
import type { Book, Category } from "../schemas/books.ts";
import { client, held } from "./ask.ts";
import { BookView } from "./book.tsx";
import { Legend, Meter, Share, slotWords, StateSign, STATE_ORDER, wordOf, type State } from "./completeness.tsx";
import { count, counted } from "./format.ts";
import { addressOf, usePlace, type Place } from "./place.ts";
import { usePolled } from "./poll.ts";
import { Names } from "./words.tsx";

type CategoryOf = typeof Category.static;

const POLL_MS = 3_000;
const PAGE_BOOKS = 500;

/** The library by category, down to a book and its sections, each with how complete it is. */
export function LibraryGrid({ isOn }: { readonly isOn: boolean }) {
  const place = usePlace();
  const title = useRef<HTMLHeadingElement>(null);
  const shown = addressOf(place);
  const isFirst = useRef(true);
  // Whoever follows a link with the keyboard goes on reading where it leads.
  useEffect(() => {
    if (!isFirst.current) title.current?.focus();
    isFirst.current = false;
  }, [shown]);
  return (
    <section id="library" aria-labelledby="library-title">
      <div class="title">
        <h2 id="library-title" tabIndex={-1} ref={title}>
          Library
        </h2>
        <Legend />
      </div>
      <Crumbs place={place} />
      {place.book === null ? (
        <Shelf path={place.path} everyMs={isOn ? POLL_MS : null} />
      ) : (
        <BookView title={place.book} place={place} everyMs={isOn ? POLL_MS : null} />
      )}
    </section>
  );
}

function Crumbs({ place: { path, book, ref } }: { readonly place: Place }) {
  if (path.length === 0 && book === null) return null;
  const steps = [
    { name: "All", at: addressOf({}) },
    ...path.map((name, depth) => ({ name, at: addressOf({ path: path.slice(0, depth + 1) }) })),
    ...(book === null ? [] : [{ name: book, at: addressOf({ path, book }) }]),
    ...(ref === null ? [] : [{ name: ref, at: addressOf({ path, book, ref }) }]),
  ];
  return (
    <nav class="crumbs" aria-label="Place in the library">
      <ol>
        {steps.map(({ name, at }, step) => (
          <li key={at}>
            {step === steps.length - 1 ? (
              <a href={at} aria-current="page">
                {name}
              </a>
            ) : (
              <a href={at}>{name}</a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** What stands under a category: those below it, and its own books. */
function Shelf({ path, everyMs }: { readonly path: readonly string[]; readonly everyMs: number | null }) {
  const key = JSON.stringify(path);
  const categories = usePolled("categories", async () => held(await client.api.categories.get()), everyMs);
  const name = path.at(-1);
  const under = (categories.value?.items ?? []).filter(({ path: at }) =>
    path.every((step, depth) => at[depth] === step),
  );
  const below = under.filter(({ path: at }) => at.length === path.length + 1);
  const all = under.find(({ path: at }) => at.length === path.length)?.books ?? 0;
  // Those of a large category are asked for only where some stand directly under it.
  const hasOwn = all > below.reduce((sum, { books: number }) => sum + number, 0);
  const books = usePolled(
    `${key} ${hasOwn}`,
    () => (name === undefined || !hasOwn ? Promise.resolve([]) : booksUnder(path, name)),
    everyMs,
  );
  const own = (books.value ?? []).filter((book) => book.categories.length === path.length);
  const problem = categories.problem ?? books.problem;
  return (
    <>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {categories.value?.items.length === 0 ? <p class="card calm">No books yet.</p> : null}
      {below.length === 0 ? null : (
        <ul class="shelf">
          {below.map((category) => (
            <CategoryTile key={category.path.join("/")} category={category} />
          ))}
        </ul>
      )}
      {own.length === 0 ? null : (
        <ul class="books">
          {own.map((book) => (
            <BookTile key={book.title} book={book} path={path} />
          ))}
        </ul>
      )}
    </>
  );
}

/** A category's name may stand at another place of the tree, too. */
async function booksUnder(path: readonly string[], category: string): Promise<Book[]> {
  const found: Book[] = [];
  let after: string | null = null;
  do {
    const page: { items: Book[]; next: string | null } = held(
      await client.api.books.get({
        query: { limit: PAGE_BOOKS, category, ...(after === null ? {} : { after }) },
      }),
    );
    found.push(...page.items.filter(({ categories }) => path.every((step, depth) => categories[depth] === step)));
    after = page.next;
  } while (after !== null);
  return found;
}

function CategoryTile({ category: { path, books, states, segments } }: { readonly category: CategoryOf }) {
  const there = STATE_ORDER.filter((state) => (states[state] ?? 0) > 0);
  return (
    <li>
      <a class={`card tile ${worst(there)}`} href={addressOf({ path })} data-category={path.join("/")}>
        <span class="head">
          <strong>{path.at(-1)}</strong>
          <Share segments={segments} />
        </span>
        <Meter segments={segments} />
        <span class="under">{counted(books, "book")}</span>
        <span class="states">
          {there.map((state) => (
            <span key={state} class="state">
              <StateSign state={state} /> {count(states[state] ?? 0)} <span class="unseen">{wordOf(state)}</span>
            </span>
          ))}
        </span>
      </a>
    </li>
  );
}

/** What most needs to be looked at gives a tile its colour. */
function worst(there: readonly State[]): State {
  return (["failed", "working", "partial", "waiting"] as const).find((state) => there.includes(state)) ?? "whole";
}

function BookTile({ book, path }: { readonly book: Book; readonly path: readonly string[] }) {
  const { title, heTitle, state, segments } = book;
  return (
    <li>
      <a
        class={`card tile ${state}`}
        href={addressOf({ path, book: title })}
        data-book={title}
        title={slotWords(segments)}
      >
        <span class="head">
          <span>
            <StateSign state={state} /> <span class="unseen">{wordOf(state)}: </span>
            <strong>{title}</strong>
          </span>
          <Share segments={segments} />
        </span>
        <Meter segments={segments} />
        <span class="under line">
          <span>{count(segments.expected)} segments</span> <Names en="" he={heTitle} />
        </span>
      </a>
    </li>
  );
}
