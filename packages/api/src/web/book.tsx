import { client, held } from "./ask.ts";
import { Meter, Share, slotWords, stateOf, StateSign, wordOf, type SlotSums } from "./completeness.tsx";
import { bytes, count, counted } from "./format.ts";
import { addressOf, type Place } from "./place.ts";
import { usePolled } from "./poll.ts";
import { Reader } from "./reader.tsx";
import { Names, Words } from "./words.tsx";

interface BookViewOf {
  readonly title: string;
  readonly place: Place;
  readonly everyMs: number | null;
}

const SECTIONS = 500;

/** One book: how much of each part is there, its sections, its editions, and a section's text. */
export function BookView({ title, place, everyMs }: BookViewOf) {
  const name = encodeURIComponent(title);
  const { value: book, problem } = usePolled(
    `book ${title}`,
    async () => held(await client.api.books({ title: name }).get()),
    everyMs,
  );
  const sections = usePolled(
    `sections ${title}`,
    async () => held(await client.api.books({ title: name }).sections.get({ query: { limit: SECTIONS, after: 0 } })),
    everyMs,
  );
  if (book === null) return <p class="card calm">{problem ?? "Looking …"}</p>;
  const items = sections.value?.items ?? [];
  return (
    <div class="book">
      <div class="card">
        <h3>
          <Names en={book.title} he={book.heTitle} />
        </h3>
        <p>
          <StateSign state={book.state} /> {wordOf(book.state)} · <Share segments={book.segments} />
        </p>
        <Meter segments={book.segments} />
        <p class="under">
          {slotWords(book.segments)} · {counted(book.texts, "text")} in {counted(book.versions, "version")} ·{" "}
          {counted(book.chunks, "chunk")} · {counted(book.requests, "request")}, {bytes(book.bytes)}
        </p>
        {book.leaves.map((leaf) => (
          <Sections
            key={leaf.title}
            heading={book.leaves.length > 1 ? leaf.title : (leaf.sectionNames.at(-2) ?? "Sections")}
            of={items.filter((section) => section.leaf === leaf.title)}
            leaf={leaf.title}
            place={place}
          />
        ))}
        {(sections.value?.next ?? null) === null ? null : (
          <p class="under">The first {count(SECTIONS)} sections are shown.</p>
        )}
        <Editions of={book.editions} />
      </div>
      {place.ref === null ? null : <Reader reference={place.ref} />}
    </div>
  );
}

interface SectionsOf {
  readonly heading: string;
  readonly leaf: string;
  readonly of: readonly { readonly ref: string; readonly segments: SlotSums }[];
  readonly place: Place;
}

function Sections({ heading, leaf, of, place }: SectionsOf) {
  if (of.length === 0) return null;
  return (
    <>
      <h4>{heading}</h4>
      <ul class="sections">
        {of.map(({ ref, segments }) => {
          const state = stateOf(segments);
          const label = ref.startsWith(leaf) ? ref.slice(leaf.length).replace(/^,? /, "") || "all" : ref;
          const current = place.ref === ref ? ({ "aria-current": "true" } as const) : {};
          return (
            <li key={ref}>
              <a
                class={state}
                href={addressOf({ ...place, ref })}
                title={`${ref}: ${slotWords(segments)}`}
                aria-label={`${ref}, ${wordOf(state)}`}
                {...current}
              >
                {label}
                {state === "whole" ? null : <StateSign state={state} />}
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface Edition {
  readonly language: string;
  readonly versionTitle: string;
  readonly license: string;
  readonly versionSource: string | null;
}

function Editions({ of }: { readonly of: readonly Edition[] }) {
  if (of.length === 0) return null;
  return (
    <>
      <h4>Editions</h4>
      <ul class="editions">
        {of.map(({ language, versionTitle, license, versionSource }) => (
          <li key={`${language}|${versionTitle}`}>
            <span class="tag">{language}</span> <Words of="en">{versionTitle}</Words>{" "}
            <span class="under">
              {license === "" ? "no licence stated" : license}
              {versionSource === null || versionSource === "" ? "" : ` · ${versionSource}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
