import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Hit, SearchAnswer } from "../schemas/texts.ts";
import { client, held, inWords } from "./ask.ts";
import { counted } from "./format.ts";
import { marked } from "./mark.tsx";
import { Reader } from "./reader.tsx";
import { Names } from "./words.tsx";

type Answer = typeof SearchAnswer.static;
type HitOf = typeof Hit.static;

const HITS = 20;

/** Segments by their words: what was found is marked, and each text says its licence. */
export function Search({ isOn }: { readonly isOn: boolean }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const look = async (form: FormData) => {
    const q = String(form.get("q") ?? "").trim();
    const language = languageOf(form.get("language"));
    if (q === "") return;
    setBusy(true);
    try {
      const query = { q, limit: HITS, ...(language === null ? {} : { language }) };
      setAnswer(held(await client.api.search.get({ query })));
      setProblem(null);
    } catch (thrown) {
      setProblem(inWords(thrown));
    } finally {
      setBusy(false);
    }
  };
  const submitted = (event: JSX.TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void look(new FormData(event.currentTarget));
  };
  return (
    <section id="search" aria-labelledby="search-title">
      <h2 id="search-title">Search</h2>
      <form class="card search" role="search" onSubmit={submitted}>
        <label for="q">Words, in Hebrew or English</label>
        <div class="row">
          <input id="q" name="q" type="search" dir="auto" required maxLength={200} />
          <select name="language" aria-label="Language">
            <option value="">both</option>
            <option value="he">Hebrew</option>
            <option value="en">English</option>
          </select>
          <button type="submit" class="main" disabled={isBusy}>
            Search
          </button>
        </div>
      </form>
      {isOn ? <p class="under total">A run's new texts are found when it has built the index, at its end.</p> : null}
      {problem === null ? null : <p class="problem">{problem}</p>}
      <div role="status">
        {answer === null ? null : (
          <p class="under total">
            {answer.items.length === 0 ? "Nothing was found." : totalOf(answer)}
            {answer.warnings.map(({ message }) => ` ${message}.`).join("")}
          </p>
        )}
      </div>
      {answer === null ? null : (
        <ol class="hits">
          {answer.items.map((hit) => (
            <Found key={`${answer.query} ${hit.ref}`} hit={hit} />
          ))}
        </ol>
      )}
    </section>
  );
}

function languageOf(chosen: unknown): "he" | "en" | null {
  return chosen === "he" || chosen === "en" ? chosen : null;
}

function totalOf({ total, items }: Answer): string {
  const texts = `${total.isAtLeast ? "at least " : ""}${counted(total.texts, "text")}`;
  return `${counted(items.length, "hit")}; ${texts} ${total.texts === 1 ? "has" : "have"} all the words.`;
}

function Found({ hit }: { readonly hit: HitOf }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li class="card hit" data-ref={hit.ref}>
      <h3>
        <Names en={hit.ref} he={hit.heRef} />
      </h3>
      <div class="versions">
        {hit.versions.map(({ language, versionTitle, license, snippet }) => (
          <div key={`${language}|${versionTitle}`} class="version">
            <p class="under">
              {versionTitle}
              {snippet.isFootnote ? " · in a note" : ""}{" "}
              <span class="licence">{license === "" ? "no licence stated" : license}</span>
            </p>
            <p class="text" lang={language} dir={language === "he" ? "rtl" : "ltr"}>
              {snippet.isCut[0] ? "… " : ""}
              {marked(snippet.text, snippet.highlights)}
              {snippet.isCut[1] ? " …" : ""}
            </p>
          </div>
        ))}
      </div>
      <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? "Close" : "Hebrew and English side by side"}
      </button>
      {isOpen ? <Reader reference={hit.passage.ref} /> : null}
    </li>
  );
}
