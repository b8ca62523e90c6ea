import { client, held } from "./ask.ts";
import { bytes, count, counted, rate } from "./format.ts";
import { usePolled } from "./poll.ts";

const POLL_MS = 1_000;

const SIGNS = { asking: "→", cut: "↓", waiting: "⏳", down: "✕", paused: "⏸" } as const;

/** What the limiter does, host by host, in words; and the processes that ask. */
export function Hosts({ isOn, workers }: { readonly isOn: boolean; readonly workers: number }) {
  const hosts = usePolled("hosts", async () => held(await client.api.hosts.get()), isOn ? POLL_MS : null);
  return (
    <div class="card">
      <h3>Pace</h3>
      {hosts.problem === null ? null : <p class="problem">{hosts.problem}</p>}
      {hosts.value?.items.length === 0 ? <p class="under">No host has been asked yet.</p> : null}
      <ul class="hosts">
        {(hosts.value?.items ?? []).map((host) => (
          <li key={host.host}>
            <p>
              <span class={`sign host-${host.state}`} aria-hidden="true">
                {SIGNS[host.state]}
              </span>{" "}
              <strong>{host.host}</strong>
            </p>
            <p data-figure="limiter">{host.inWords}</p>
            <p class="under">
              {host.ratePerSecond > 0 ? `${rate(host.ratePerSecond)} requests/s now · ` : ""}
              <span data-figure="granted">{count(host.granted)}</span> sent · {count(host.waiting)} wait for their turn
              · {counted(host.refusals, "refusal")}
            </p>
          </li>
        ))}
      </ul>
      <details open>
        <summary>{counted(workers, "worker process", "worker processes")}</summary>
        <Workers isOn={isOn} />
      </details>
    </div>
  );
}

function Workers({ isOn }: { readonly isOn: boolean }) {
  const { value } = usePolled("workers", async () => held(await client.api.workers.get()), isOn ? POLL_MS : null);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">worker</th>
          <th scope="col">state</th>
          <th scope="col">units</th>
          <th scope="col">connections</th>
          <th scope="col">memory</th>
        </tr>
      </thead>
      <tbody>
        {(value?.items ?? []).map(({ worker, pid, state, unitCount, connections, memoryBytes }) => (
          <tr key={pid}>
            <th scope="row">{worker}</th>
            <td>{state}</td>
            <td>{count(unitCount)}</td>
            <td>{connections === null ? "–" : count(connections)}</td>
            <td>{memoryBytes === null ? "–" : bytes(memoryBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
