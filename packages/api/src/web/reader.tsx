import { useState } from "preact/hooks";
import { client, held } from "./ask.ts";
import { usePolled } from "./poll.ts";
import { Words } from "./words.tsx";

interface TextOf {
  readonly language: "he" | "en";
  readonly versionTitle: string;
  readonly license: string;
  readonly plain: string;
}

const SEGMENTS = 200;
const SIDES = ["he", "en"] as const;
const SIDE_NAMES = { he: "Hebrew", en: "English" } as const;

/** A place's segments, Hebrew and English side by side, one edition of each. */
export function Reader({ reference }: { readonly reference: string }) {
  const { value, problem } = usePolled(
    `text ${reference}`,
    async () => held(await client.api.segments.get({ query: { ref: reference, limit: SEGMENTS } })),
    null,
  );
  const [chosen, setChosen] = useState<Readonly<Record<"he" | "en", string | null>>>({ he: null, en: null });
  if (value === null) return <p class="card calm">{problem ?? "Looking …"}</p>;
  const editions = new Map(SIDES.map((side) => [side, editionsOf(value.items, side)]));
  const shown = SIDES.flatMap((side) => {
    const found = editions.get(side) ?? [];
    const edition = found.find(({ versionTitle }) => versionTitle === chosen[side]) ?? found[0];
    return edition === undefined ? [] : [{ side, edition, all: found }];
  });
  if (shown.length === 0) return <p class="card calm">No text of {value.ref} is here yet.</p>;
  return (
    <article class="card reader" aria-label={value.ref}>
      <div class={`pair heads of-${shown.length}`}>
        <span class="number" />
        {shown.map(({ side, edition, all }) => (
          <div key={side} class={side}>
            <p class="over">{SIDE_NAMES[side]}</p>
            {all.length > 1 ? (
              <select
                aria-label={`${SIDE_NAMES[side]} edition`}
                value={edition.versionTitle}
                onChange={({ currentTarget: { value: title } }) => setChosen({ ...chosen, [side]: title })}
              >
                {all.map(({ versionTitle }) => (
                  <option key={versionTitle}>{versionTitle}</option>
                ))}
              </select>
            ) : (
              <p>{edition.versionTitle}</p>
            )}
            <p class="under">{edition.license === "" ? "no licence stated" : edition.license}</p>
          </div>
        ))}
      </div>
      {value.items.map(({ ref, texts }) => (
        <div key={ref} class={`pair of-${shown.length}`}>
          <span class="number" title={ref}>
            {ref
              .slice(ref.lastIndexOf(":") + 1)
              .split(" ")
              .at(-1)}
          </span>
          {shown.map(({ side, edition }) => {
            const text = texts.find((of) => of.language === side && of.versionTitle === edition.versionTitle);
            return (
              <p key={side} class="text" dir={side === "he" ? "rtl" : "ltr"} lang={side}>
                {text === undefined ? "" : <Words of={side}>{text.plain}</Words>}
              </p>
            );
          })}
        </div>
      ))}
      {value.next === null ? null : <p class="under">The first {SEGMENTS} segments are shown.</p>}
    </article>
  );
}

function editionsOf(items: readonly { readonly texts: readonly TextOf[] }[], side: "he" | "en") {
  const found = new Map<string, TextOf>();
  for (const { texts } of items)
    for (const text of texts)
      if (text.language === side && !found.has(text.versionTitle)) found.set(text.versionTitle, text);
  return [...found.values()];
}
