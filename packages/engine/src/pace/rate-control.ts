import type { RateState } from "@sofer/core";

/**
 * The pace that a host bears, learnt from it. A burst of refusals cuts the rate once, to FIRST_CUT of what had been
 * accepted (what had been accepted is the *ceiling*); a second burst soon after, to SECOND_CUT. Then it climbs fast to
 * CRUISE of the ceiling, stays there, and once a minute tries a higher ceiling. All of it is a function of the time
 * since the last cut, so that processes which share the state agree without telling each other, and a run that was
 * killed goes on where it was. Why not halving and slow recovery: that uses 75 % of what is allowed.
 */
const FIRST_CUT = 0.9;
const SECOND_CUT = 0.5;
/** A burst that follows the last cut within this is a second one: the ceiling was wrong. */
const SOON_MS = 30_000;
const CRUISE = 0.97;
/** Growth of the rate per second up to CRUISE: from half of it in less than five seconds. */
const CLIMB = 1.15;
/** A ceiling is tried again at most once in this time. */
const PROBE_MS = 60_000;
/** How much higher, and how much more each time that was borne. */
const PROBE_STEP = 0.05;
const MOST_STEP = 1;
/**
 * Answers are worth 1/e of their number after this time: what was accepted is what was answered in about so long. Short, it
 * would mistake our own cuts for the host's limit, and a host that refuses at random would be asked ever less within seconds.
 */
const MEMORY_MS = 20_000;
/** Answers, or a time without them, after which it is known what a host accepts; before, it is thought to bear so much a second. */
const FEW_ANSWERS = 5;
const TELLING_MS = 3_000;
const FIRST_GUESS = 10;
/**
 * A host is not asked less than once in five seconds, or than a twentieth of what the user allows, or it would take a day to
 * find out that it bears more. Without a pace of the user's, once a second.
 */
const LEAST_RATE = 0.2;
const LEAST_SHARE = 0.05;
const LEAST_UNPACED = 1;
/** No pause is longer (host-pace.ts); a clock that went back further was set. */
const MOST_PAUSE_MS = 15 * 60_000;

/** By less, clocks of processes that wait for one another may seem to differ. */
const SET_BACK_MS = 5_000;

const NOTHING: Omit<RateState, "scoredAtMs" | "sinceMs"> = { ceiling: null, cutRate: 0, cutAtMs: 0, score: 0 };

function leastRate(most: number): number {
  return most === 0 ? LEAST_UNPACED : Math.max(LEAST_RATE, LEAST_SHARE * most);
}

/** Requests per second that the host may be asked now; null: it has never refused. */
export function borneRate(state: RateState | null, nowMs: number): number | null {
  if (state === null || state.ceiling === null) return null;
  const sinceCutMs = Math.max(0, nowMs - state.cutAtMs);
  const climbed = state.cutRate * CLIMB ** Math.min(60, sinceCutMs / 1000);
  return Math.min(climbed, CRUISE * ceilingAfter(state.ceiling, sinceCutMs));
}

function ceilingAfter(ceiling: number, sinceCutMs: number): number {
  let tried = ceiling;
  // After ten minutes without a refusal it is 60 times what it was: forgotten.
  for (let probe = 0; probe < Math.min(10, Math.floor(sinceCutMs / PROBE_MS)); probe++) {
    tried *= 1 + Math.min(MOST_STEP, PROBE_STEP * 2 ** probe);
  }
  return tried;
}

/** Takes answers into account. */
export function withAnswers(state: RateState | null, answers: number, nowMs: number): RateState {
  const known = withSetClock(state, nowMs) ?? { ...NOTHING, scoredAtMs: nowMs, sinceMs: nowMs };
  // After a quiet time counting begins anew: what was borne then says nothing of now.
  const quietMs = nowMs - known.scoredAtMs;
  if (quietMs > 4 * MEMORY_MS || quietMs < -MOST_PAUSE_MS) {
    return { ...known, score: answers, scoredAtMs: nowMs, sinceMs: nowMs - 1 };
  }
  return { ...known, score: faded(known, nowMs) + answers, scoredAtMs: Math.max(nowMs, known.scoredAtMs) };
}

/**
 * A cut lies in the past. One that does not was made before the clock was set back: counted from now on, or the rate
 * would stay cut, and further refusals be taken for its burst, until the clock has caught up.
 */
function withSetClock(state: RateState | null, nowMs: number): RateState | null {
  return state === null || state.cutAtMs - nowMs < SET_BACK_MS ? state : { ...state, cutAtMs: nowMs };
}

function faded(state: RateState, nowMs: number): number {
  return state.score * Math.exp(-Math.max(0, nowMs - state.scoredAtMs) / MEMORY_MS);
}

/** Whether enough has been asked for the answers to say what is borne: a host may refuse before it has answered at all. */
function isTelling(state: RateState, nowMs: number): boolean {
  return faded(state, nowMs) >= FEW_ANSWERS || nowMs - state.sinceMs >= TELLING_MS;
}

/** A pause that the host asked for says nothing of what it bears: counting stands still meanwhile. */
export function withPause(state: RateState, waitMs: number, nowMs: number): RateState {
  const from = Math.max(nowMs, state.scoredAtMs);
  const known = withAnswers(state, 0, from);
  const addedMs = Math.max(0, nowMs + waitMs - from);
  return { ...known, scoredAtMs: known.scoredAtMs + addedMs, sinceMs: known.sinceMs + addedMs };
}

/** Answers per second lately. */
export function acceptedRate(state: RateState, nowMs: number): number {
  const share = 1 - Math.exp(-Math.max(1, nowMs - state.sinceMs) / MEMORY_MS);
  return faded(state, nowMs) / ((MEMORY_MS / 1000) * share);
}

/**
 * Takes a refusal into account. What was sent before the last cut belongs to the same burst, and changes nothing.
 * @param most requests per second that the user allows; 0 = no pace
 * @param said requests per second that the host itself says it allows, or null
 */
export function withRefusal(
  state: RateState | null,
  refusal: { readonly sentAtMs: number; readonly said: number | null },
  most: number,
  nowMs: number,
): RateState {
  const known = withAnswers(state, 0, nowMs);
  if (known.ceiling !== null && refusal.sentAtMs <= known.cutAtMs) return known;
  // Refused before anything was answered, and nobody names a rate: there is nothing to cut. The pause stands by itself.
  if (known.ceiling === null && refusal.said === null && most === 0 && faded(known, nowMs) < 1) return known;
  const isSecond = known.ceiling !== null && nowMs - known.cutAtMs < SOON_MS;
  const accepted = isTelling(known, nowMs) ? acceptedRate(known, nowMs) : FIRST_GUESS;
  const learnt = Math.max(leastRate(most), Math.min(accepted, borneRate(known, nowMs) ?? accepted));
  const told = [refusal.said, most > 0 ? most : null].filter((limit) => limit !== null);
  const ceiling = Math.min(learnt, ...told);
  return { ...known, ceiling, cutRate: ceiling * (isSecond ? SECOND_CUT : FIRST_CUT), cutAtMs: nowMs };
}
