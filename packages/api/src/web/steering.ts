import { useCallback, useState } from "preact/hooks";
import type { ApiClient } from "../client.ts";
import { held, inWords, Refusal, steeringClient } from "./ask.ts";

type Control = ApiClient["api"]["control"];
type Told = Awaited<ReturnType<Control["pause"]["post"]>>;

/** How the reader steers: with the token, which is held in memory and goes with the page. */
export interface Steering {
  readonly hasToken: boolean;
  /** What came of the last command: the API's acknowledgement, or why not. */
  readonly said: { readonly text: string; readonly isProblem: boolean } | null;
  readonly isBusy: boolean;
  readonly keep: (token: string) => void;
  readonly forget: () => void;
  readonly tell: (command: (control: Control) => Promise<Told>) => void;
}

const UNAUTHORISED = 401;

export function useSteering(): Steering {
  const [token, setToken] = useState<string | null>(null);
  const [said, setSaid] = useState<Steering["said"]>(null);
  const [isBusy, setBusy] = useState(false);
  const forget = useCallback(() => setToken(null), []);
  const tell = async (command: (control: Control) => Promise<Told>): Promise<void> => {
    if (token === null) return;
    setBusy(true);
    try {
      const { said: text } = held(await command(steeringClient(token).api.control));
      setSaid({ text, isProblem: false });
    } catch (thrown) {
      // A wrong token is asked for again.
      if (thrown instanceof Refusal && thrown.status === UNAUTHORISED) forget();
      setSaid({ text: inWords(thrown), isProblem: true });
    } finally {
      setBusy(false);
    }
  };
  return {
    hasToken: token !== null,
    said,
    isBusy,
    keep(given) {
      setToken(given);
      setSaid(null);
    },
    forget,
    tell: (command) => void tell(command),
  };
}
