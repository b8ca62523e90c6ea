import type { Static } from "elysia";
import type { BookState, Slots } from "../schemas/books.ts";
import { count, percent } from "./format.ts";

export type SlotSums = Static<typeof Slots>;
export type State = Static<typeof BookState>;

/** Each state has a sign and a word beside its colour. */
const STATES: Readonly<Record<State, { readonly sign: string; readonly word: string }>> = {
  whole: { sign: "✓", word: "whole" },
  working: { sign: "↻", word: "under way" },
  partial: { sign: "◐", word: "part of it" },
  failed: { sign: "✕", word: "failed" },
  waiting: { sign: "○", word: "not yet" },
};

export const STATE_ORDER: readonly State[] = ["whole", "working", "partial", "failed", "waiting"];

export function wordOf(state: State): string {
  return STATES[state].word;
}

export function StateSign({ state }: { readonly state: State }) {
  return (
    <span class={`sign ${state}`} aria-hidden="true">
      {STATES[state].sign}
    </span>
  );
}

/** What the signs mean, for the eyes: elsewhere the words stand beside them. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Signs">
      {STATE_ORDER.map((state) => (
        <li key={state}>
          <StateSign state={state} /> {STATES[state].word}
        </li>
      ))}
    </ul>
  );
}

/** Part of the places that nothing more is to be done for. */
export function doneOf({ expected, pending, failed }: SlotSums): number {
  return expected === 0 ? 1 : 1 - (pending + failed) / expected;
}

/** A part of a book has no state of its own: its places say it. */
export function stateOf(segments: SlotSums): State {
  if (segments.failed > 0) return "failed";
  if (segments.pending === 0) return "whole";
  return segments.pending === segments.expected ? "waiting" : "partial";
}

/** `of 1,533 segments 1,530 stored, 3 blank` */
export function slotWords(segments: SlotSums): string {
  const names = ["stored", "blank", "uncovered", "excluded", "failed", "pending"] as const;
  const parts = names.filter((name) => segments[name] > 0).map((name) => `${count(segments[name])} ${name}`);
  return `${count(segments.expected)} segments: ${parts.length === 0 ? "none" : parts.join(", ")}`;
}

/** How much of it is there, as a bar; the number stands beside it. */
export function Meter({ segments }: { readonly segments: SlotSums }) {
  const { expected, failed } = segments;
  const part = (value: number) => `${expected === 0 ? 0 : (100 * value) / expected}%`;
  return (
    <span class="meter" aria-hidden="true">
      <span class="done" style={{ width: expected === 0 ? "100%" : part(expected - failed - segments.pending) }} />
      <span class="lost" style={{ width: part(failed) }} />
    </span>
  );
}

export function Share({ segments }: { readonly segments: SlotSums }) {
  return <span class="share">{percent(doneOf(segments))}</span>;
}
