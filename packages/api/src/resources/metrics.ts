import { Elysia, t } from "elysia";
import type { ApiContext } from "../context.ts";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  /** Labels with values; a value of null is left out. */
  readonly values: readonly (readonly [Readonly<Record<string, string>>, number | null])[];
}

/** Counting whole tables takes a while in a large library. */
const COUNTS_FRESH_MS = 5_000;

/** Prometheus's text format, version 0.0.4. */
export function metrics({ run, status, cache }: ApiContext) {
  const all = (): Metric[] => {
    const counts = cache.get("library", () => status.counts(), COUNTS_FRESH_MS);
    const { format: _format, ...rows } = counts;
    const one = (value: number | null): Metric["values"] => [[{}, value]];
    const now = run?.live() ?? null;
    const hosts = run?.hosts() ?? [];
    const ofHosts = (value: (host: (typeof hosts)[number]) => number) =>
      hosts.map((host): Metric["values"][number] => [{ host: host.host }, value(host)]);
    const gauge = (name: string, help: string, values: Metric["values"]): Metric => ({
      name,
      help,
      type: "gauge",
      values,
    });
    const total = (name: string, help: string, values: Metric["values"]): Metric => ({
      name,
      help,
      type: "counter",
      values,
    });
    return [
      gauge(
        "sofer_library_rows",
        "Rows that the library holds.",
        Object.entries(rows).map(([table, n]) => [{ table }, n]),
      ),
      gauge("sofer_run_up", "Whether a run belongs to this API.", one(now === null || now.phase === "ended" ? 0 : 1)),
      ...(now === null
        ? []
        : [
            gauge("sofer_run_paused", "Whether the run is paused.", one(now.isPaused ? 1 : 0)),
            gauge("sofer_run_fraction", "Part of the plan that is done.", one(now.fraction)),
            gauge(
              "sofer_run_books",
              "Books of the run.",
              Object.entries(now.books).map(([state, n]) => [{ state }, n]),
            ),
            gauge(
              "sofer_run_units",
              "Units of the run.",
              Object.entries(now.units).map(([state, n]) => [{ state }, n]),
            ),
            total("sofer_run_texts_total", "Texts committed by the run.", one(now.texts)),
            total("sofer_run_requests_total", "Requests of finished units.", one(now.requests)),
            total("sofer_run_bytes_total", "Bytes of finished units.", one(now.bytes)),
            total("sofer_run_failures_total", "Units that failed.", one(now.failures)),
            total("sofer_run_retries_total", "Units sent again.", one(now.retries)),
            gauge("sofer_run_workers", "Worker processes.", one(now.workers)),
            gauge("sofer_run_memory_bytes", "Resident memory of coordinator and workers.", one(now.memoryBytes)),
            gauge(
              "sofer_run_blocked_seconds",
              "Longest stand of the coordinator's loop lately.",
              one(now.blockedMs / 1000),
            ),
          ]),
      gauge(
        "sofer_host_rate",
        "Requests per second that may go now; 0: no pace.",
        ofHosts((h) => h.ratePerSecond),
      ),
      gauge(
        "sofer_host_allowed",
        "Requests per second that the user allows; 0: no pace.",
        ofHosts((h) => h.allowedPerSecond),
      ),
      total(
        "sofer_host_granted_total",
        "Permits given.",
        ofHosts((h) => h.granted),
      ),
      total(
        "sofer_host_refusals_total",
        "Refusals by the host.",
        ofHosts((h) => h.refusals),
      ),
      gauge(
        "sofer_host_waiting",
        "Requests that wait for a permit.",
        ofHosts((h) => h.waiting),
      ),
      gauge(
        "sofer_host_down",
        "Whether the host is down.",
        ofHosts((h) => (h.downMs === null ? 0 : 1)),
      ),
    ];
  };
  return new Elysia({ tags: ["health"] }).get(
    "/metrics",
    ({ set }) => {
      set.headers["content-type"] = "text/plain; version=0.0.4; charset=utf-8";
      return cache.get("metrics", () => all().map(render).join(""));
    },
    { response: { 200: t.String() }, detail: { summary: "figures for Prometheus" } },
  );
}

function render({ name, help, type, values }: Metric): string {
  const lines = values.flatMap(([labels, value]) => {
    if (value === null) return [];
    const said = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`);
    return [`${name}${said.length === 0 ? "" : `{${said.join(",")}}`} ${value}`];
  });
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

function escape(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
