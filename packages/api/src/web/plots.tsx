import { bytes, rate } from "./format.ts";
import type { Sample } from "./live.ts";
import { Plot } from "./plot.tsx";

/** How fast it goes, beside how fast it may. */
export function Plots({ samples }: { readonly samples: readonly Sample[] }) {
  const last = samples.at(-1);
  const at = samples.map((sample) => sample.at);
  const allowed = last?.allowed ?? null;
  return (
    <div class="plots">
      <Plot
        title="Requests per second"
        name="requests-per-second"
        now={rate(last?.requests ?? 0)}
        note={allowed === null ? "no pace is set" : `of ${rate(allowed)} allowed`}
        at={at}
        values={samples.map((sample) => sample.requests)}
        limits={samples.map((sample) => sample.allowed)}
        format={rate}
      />
      <Plot
        title="Segments per second"
        name="texts-per-second"
        now={rate(last?.texts ?? 0)}
        note="each version counts"
        at={at}
        values={samples.map((sample) => sample.texts)}
        limits={null}
        format={rate}
      />
      <Plot
        title="Memory"
        name="memory"
        now={memoryOf(last)}
        note="coordinator and workers"
        at={at}
        values={samples.map((sample) => sample.memory)}
        limits={null}
        format={bytes}
      />
    </div>
  );
}

function memoryOf(last: Sample | undefined): string {
  const memory = last?.memory ?? null;
  return memory === null ? "unknown" : bytes(memory);
}
