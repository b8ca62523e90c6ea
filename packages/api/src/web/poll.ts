import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { inWords } from "./ask.ts";

export interface Polled<T> {
  /** The last answer; null: none yet. Kept while a later request fails. */
  readonly value: T | null;
  readonly problem: string | null;
  /** Ask at once. */
  readonly again: () => void;
}

/**
 * Asks now and then, one request at a time; not while nobody sees the page.
 * @param key names what is asked for: another key forgets the answer
 * @param everyMs null: once
 */
export function usePolled<T>(key: string, ask: () => Promise<T>, everyMs: number | null): Polled<T> {
  const [told, setTold] = useState<{ key: string; value: T | null; problem: string | null }>({
    key,
    value: null,
    problem: null,
  });
  const asking = useRef(ask);
  asking.current = ask;
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      if (!document.hidden) {
        try {
          const value = await asking.current();
          if (!isOver) setTold({ key, value, problem: null });
        } catch (thrown) {
          const problem = inWords(thrown);
          if (!isOver) setTold((before) => ({ key, value: before.key === key ? before.value : null, problem }));
        }
      }
      if (!isOver && everyMs !== null) timer = setTimeout(() => void look(), everyMs);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key, everyMs, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return told.key === key ? { ...told, again } : { value: null, problem: null, again };
}
