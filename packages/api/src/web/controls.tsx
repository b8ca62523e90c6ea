import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Live } from "../schemas/runs.ts";
import { rate } from "./format.ts";
import type { Steering } from "./steering.ts";

interface ControlsOf {
  readonly live: Live;
  readonly isOn: boolean;
  readonly steering: Steering;
}

/** Pause, resume, pace, workers, stop. */
export function Controls({ live, isOn, steering }: ControlsOf) {
  const { hasToken, isBusy, said, tell } = steering;
  const isOff = !isOn || !hasToken || isBusy || live.phase === "ended";
  const { control } = live;
  return (
    <div class="card controls">
      <h3>Steer</h3>
      {hasToken ? null : <TokenForm steering={steering} />}
      <div class="row">
        {live.isPaused ? (
          <button type="button" class="main" disabled={isOff} onClick={() => tell((to) => to.resume.post())}>
            Resume
          </button>
        ) : (
          <button type="button" class="main" disabled={isOff} onClick={() => tell((to) => to.pause.post())}>
            Pause
          </button>
        )}
        <Stop isOff={isOff} stop={() => tell((to) => to.stop.post())} />
        {hasToken ? (
          <button type="button" class="quiet" onClick={steering.forget}>
            Forget the token
          </button>
        ) : null}
      </div>
      <NumberForm
        label="Requests per second"
        id="rate"
        now={control.ratePerSecond === null ? "as the settings say" : `set to ${rate(control.ratePerSecond)}`}
        step="any"
        least={0}
        isOff={isOff}
        set={(ratePerSecond) => tell((to) => to.rate.post({ ratePerSecond }))}
      />
      <NumberForm
        label="Worker processes"
        id="workers"
        now={control.maxWorkers === null ? "as the settings say" : `at most ${control.maxWorkers}`}
        step="1"
        least={1}
        isOff={isOff}
        set={(maxWorkers) => tell((to) => to.workers.post({ maxWorkers }))}
      />
      <p class={said?.isProblem === true ? "said problem" : "said"} role="status">
        {said?.text ?? ""}
      </p>
    </div>
  );
}

function TokenForm({ steering }: { readonly steering: Steering }) {
  const keep = (event: JSX.TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim();
    if (token !== "") steering.keep(token);
  };
  return (
    <form onSubmit={keep} class="token">
      <label for="token">Token</label>
      <div class="row">
        <input id="token" name="token" type="password" autocomplete="off" required aria-describedby="token-note" />
        <button type="submit">Use it</button>
      </div>
      <p class="under" id="token-note">
        The run's terminal shows it. It is kept in this page only, until the page is closed.
      </p>
    </form>
  );
}

interface NumberFormOf {
  readonly label: string;
  readonly id: string;
  readonly now: string;
  readonly step: string;
  readonly least: number;
  readonly isOff: boolean;
  /** null: as the settings say. */
  readonly set: (value: number | null) => void;
}

function NumberForm({ label, id, now, step, least, isOff, set }: NumberFormOf) {
  const send = (event: JSX.TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    set(Number(new FormData(event.currentTarget).get(id)));
  };
  return (
    <form onSubmit={send} class="number">
      <label for={id}>
        {label} <span class="note">{now}</span>
      </label>
      <div class="row">
        <input id={id} name={id} type="number" inputmode="decimal" min={least} step={step} required disabled={isOff} />
        <button type="submit" disabled={isOff} aria-label={`Set ${label.toLowerCase()}`}>
          Set
        </button>
        <button type="button" class="quiet" disabled={isOff} onClick={() => set(null)} aria-label={`${label}: default`}>
          Default
        </button>
      </div>
    </form>
  );
}

/** Asked twice: a run that was stopped has to be started again by hand. */
function Stop({ isOff, stop }: { readonly isOff: boolean; readonly stop: () => void }) {
  const [isAsked, setAsked] = useState(false);
  if (!isAsked) {
    return (
      <button type="button" disabled={isOff} onClick={() => setAsked(true)}>
        Stop …
      </button>
    );
  }
  const sure = () => {
    setAsked(false);
    stop();
  };
  return (
    <>
      <button type="button" class="danger" disabled={isOff} onClick={sure}>
        Stop the run
      </button>
      <button type="button" class="quiet" onClick={() => setAsked(false)}>
        Let it go on
      </button>
    </>
  );
}
