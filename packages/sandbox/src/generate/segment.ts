import type { Language } from "@sofer/core";
import type { Random } from "../random.ts";
import { englishSentence, hebrewSentence, hebrewWord, type Marks } from "./words.ts";

/** How a version's segments are written. */
export interface Hand {
  readonly language: Language;
  readonly marks: Marks;
  /** Footnotes, images, entities, <small>, <b>, line breaks in some segments. */
  readonly hasMarkup: boolean;
  /** Words in a usual segment. */
  readonly words: number;
}

/** Share of segments that hold the phrase a demo search looks for. */
const PHRASE_SHARE = 0.01;
const PHRASES: Readonly<Record<Language, Readonly<Record<Marks, string>>>> = {
  he: {
    none: "שמע ישראל",
    niqqud: "שְׁמַע יִשְׂרָאֵל",
    cantillation: "שְׁמַ֖ע יִשְׂרָאֵ֑ל",
  },
  en: { none: "Shema Yisrael", niqqud: "Shema Yisrael", cantillation: "Shema Yisrael" },
};

export function makeSegment(random: Random, hand: Hand): string {
  const plain = sentences(random, hand, Math.max(2, Math.round(hand.words * (0.4 + random.next() * 1.2))));
  const text = random.chance(PHRASE_SHARE) ? `${PHRASES[hand.language][hand.marks]} ${plain}` : plain;
  return hand.hasMarkup && random.chance(0.3) ? decorate(random, hand, text) : text;
}

/** A segment of `length` characters or a little more: longer than any chunk may be. */
export function makeLongSegment(random: Random, hand: Hand, length: number): string {
  let text = "";
  while (text.length < length) text += `${sentences(random, hand, 12)} `;
  return text.trimEnd();
}

function sentences(random: Random, hand: Hand, words: number): string {
  const parts: string[] = [];
  for (let left = words; left > 0; left -= 12) {
    const size = Math.min(left, 12);
    parts.push(
      hand.language === "he"
        ? hebrewSentence(random, size, hand.marks)
        : englishSentence(random, Math.max(1, Math.round(size / 6))),
    );
  }
  return parts.join(" ");
}

function decorate(random: Random, hand: Hand, text: string): string {
  const note = hand.language === "he" ? hebrewSentence(random, 4, "none") : englishSentence(random, 1);
  const word = hand.language === "he" ? hebrewWord(random, hand.marks) : "Gloss";
  switch (random.between(0, 8)) {
    case 0:
      return `${text}<sup class="footnote-marker">${random.between(1, 9)}</sup><i class="footnote">${note}</i>`;
    case 1:
      return `<big>${text.slice(0, 1)}</big>${text.slice(1)}<sup class="footnote-marker">*</sup><i class="footnote"><b>${word}</b> ${note}</i> ${note}`;
    case 2:
      return `${text} <small>(${note})</small>`;
    case 3:
      return `<b>${word}</b> ${text}<br>${note}`;
    case 4:
      return `${text}&nbsp;&thinsp;${word} &amp; ${word} &lt;${word}&gt;`;
    case 5:
      return `${text} <img src="data:image/png;base64,iVBORw0KGgo="> ${note}`;
    case 6:
      return ` ${text} <i>${note}</i> `;
    case 7:
      return `${text} <span class="mam-kq"><span class="mam-kq-k">(${word})</span> <span class="mam-kq-q">[${word}]</span></span>`;
    default:
      return `${text} 3 < 5 ${note}`;
  }
}
