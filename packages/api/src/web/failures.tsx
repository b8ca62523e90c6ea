import { count, counted, moment } from "./format.ts";
import type { Failed } from "./page.tsx";
import type { Polled } from "./poll.ts";
import type { Steering } from "./steering.ts";

interface FailuresOf {
  readonly failures: Polled<Failed>;
  /** A run that can try again is on. */
  readonly canRetry: boolean;
  readonly steering: Steering;
}

/** Failures by cause, with the way out. */
export function Failures({ failures: { value, problem }, canRetry, steering }: FailuresOf) {
  const causes = Object.entries(value?.byCode ?? {}).toSorted(([, a], [, b]) => b - a);
  const retry = (code: string | null) => steering.tell((to) => to.retry.post(code === null ? {} : { causes: [code] }));
  const isOff = !canRetry || !steering.hasToken || steering.isBusy;
  return (
    <section id="failures" aria-labelledby="failures-title">
      <div class="title">
        <h2 id="failures-title">Failures</h2>
        {canRetry && causes.length > 1 ? (
          <button type="button" disabled={isOff} onClick={() => retry(null)}>
            Try all again
          </button>
        ) : null}
      </div>
      {problem === null ? null : <p class="problem">{problem}</p>}
      {value !== null && causes.length === 0 ? (
        <p class="card calm">
          <span class="sign whole" aria-hidden="true">
            ✓
          </span>{" "}
          Nothing has failed.
        </p>
      ) : null}
      {causes.map(([code, total]) => (
        <article key={code} class="card failure" data-cause={code}>
          <div class="title">
            <h3>
              <span class="sign failed" aria-hidden="true">
                ✕
              </span>{" "}
              {code} <span class="note">{counted(total, "failure")}</span>
            </h3>
            {canRetry ? (
              <button type="button" disabled={isOff} onClick={() => retry(code)} aria-label={`Try again: ${code}`}>
                Try again
              </button>
            ) : null}
          </div>
          <Places of={value?.items.filter((item) => item.code === code) ?? []} total={total} />
        </article>
      ))}
      {causes.length > 0 && canRetry && !steering.hasToken ? (
        <p class="under">Trying again needs the token, under “Steer”.</p>
      ) : null}
      {causes.length > 0 && !canRetry ? (
        <p class="under">
          <code>sofer retry</code> tries them again.
        </p>
      ) : null}
      {causes.length > 0 && canRetry ? (
        <p class={steering.said?.isProblem === true ? "said problem" : "said"} aria-hidden="true">
          {steering.said?.text ?? ""}
        </p>
      ) : null}
    </section>
  );
}

function Places({ of, total }: { readonly of: Failed["items"]; readonly total: number }) {
  return (
    <details>
      <summary>Where and why</summary>
      <ul>
        {of.map(({ id, title, place, message, hint, url, attempts, lastAt }) => (
          <li key={id}>
            <p>
              <strong>{place.startsWith(title) ? place : `${title} ${place}`.trim()}</strong>
            </p>
            <p>{message}</p>
            {hint === "" ? null : <p class="under">{hint}</p>}
            {url === null ? null : (
              <p class="under">
                <code>{url}</code>
              </p>
            )}
            <p class="under">
              {counted(attempts, "attempt")}, the last {moment(lastAt)}
            </p>
          </li>
        ))}
      </ul>
      {of.length < total ? <p class="under">and {count(total - of.length)} more</p> : null}
    </details>
  );
}
