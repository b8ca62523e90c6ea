import { distance } from "fastest-levenshtein";

/** Letters a further suggestion may be worse than the first: beyond that it only distracts. */
const NEXT_BEST = 2;

/**
 * The `count` candidates nearest to a misspelt word, nearest first; fewer when the rest are too far off to help. Case
 * does not count. A long title may be asked for by its beginning or by a word in it ("Foundations" for "Mishneh Torah,
 * Foundations of the Torah"), so the start of a candidate and a contained word count as near, but never as exact.
 */
export function nearest(word: string, candidates: Iterable<string>, count = 3): string[] {
  const wanted = fold(word);
  if (wanted === "") return [];
  // Half of the letters wrong is the most that still looks like the same word; a short word gets two.
  const limit = Math.max(2, Math.floor(wanted.length / 2));
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const score = farness(wanted, fold(candidate));
    if (score <= limit) scored.push({ candidate, score });
  }
  scored.sort(
    (a, b) => a.score - b.score || a.candidate.length - b.candidate.length || (a.candidate < b.candidate ? -1 : 1),
  );
  const best = scored[0]?.score ?? 0;
  return scored
    .filter(({ score }) => score <= best + NEXT_BEST)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** `did you mean Genesis or "Song of Songs"?`, or "" when nothing is near. What a shell would take apart is quoted. */
export function didYouMean(word: string, candidates: Iterable<string>, count = 3): string {
  const near = nearest(word, candidates, count).map((name) => (/\s/.test(name) ? `"${name}"` : name));
  if (near.length === 0) return "";
  const last = near.at(-1) ?? "";
  return `did you mean ${near.length === 1 ? last : `${near.slice(0, -1).join(", ")} or ${last}`}?`;
}

function farness(wanted: string, candidate: string): number {
  const whole = distance(wanted, candidate);
  if (whole === 0 || candidate.length <= wanted.length) return whole;
  const start = distance(wanted, candidate.slice(0, wanted.length)) + 0.5;
  const contained = wanted.length >= 3 && candidate.includes(wanted) ? 1 : Infinity;
  return Math.min(whole, start, contained);
}

function fold(text: string): string {
  return text.trim().toLowerCase().replaceAll("_", " ");
}
