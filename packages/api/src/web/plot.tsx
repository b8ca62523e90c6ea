import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";

export interface PlotOf {
  readonly title: string;
  readonly name: string;
  /** The newest value, and what stands beside it. */
  readonly now: string;
  readonly note: string;
  /** Seconds since the run began. */
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  /** What the values may be at most, drawn as a broken line; null: nothing limits them. */
  readonly limits: readonly (number | null)[] | null;
  readonly format: (value: number) => string;
}

const HEIGHT = 132;
/** A plot of a few seconds looks as wide as one of a minute. */
const LEAST_SECONDS = 60;

/** A line over time. Whoever does not see it is told the newest and the highest value. */
export function Plot({ title, name, now, note, at, values, limits, format }: PlotOf) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const isDark = useDark();
  const hasLimits = limits !== null;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new UPlot(optionsFor(element, hasLimits, format), [[]], element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [isDark, hasLimits, format]);
  useEffect(() => {
    plot.current?.setData([[...at], [...values], ...(limits === null ? [] : [[...limits]])]);
  }, [at, values, limits, isDark]);
  const known = values.filter((value) => value !== null);
  const highest = known.length === 0 ? "" : `, at most ${format(Math.max(...known))}`;
  return (
    <figure class="card plot">
      <figcaption>
        <span class="name">{title}</span>
        <strong data-figure={name}>{now}</strong> <span class="note">{note}</span>
      </figcaption>
      <div class="canvas" role="img" aria-label={`${title} over time: now ${now}${highest}`} ref={place} />
    </figure>
  );
}

function optionsFor(element: HTMLElement, hasLimits: boolean, format: (value: number) => string): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), font: "11px system-ui, sans-serif", ticks: { show: false } };
  const grid = { stroke: colour("--line"), width: 1 };
  const line: UPlot.Series = {
    stroke: colour("--accent"),
    width: 2,
    fill: colour("--accent-wash"),
    points: { show: false },
  };
  const limit: UPlot.Series = { stroke: colour("--limit"), width: 1.5, dash: [5, 4], points: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_plot, from, to) => [from, Math.max(to, from + LEAST_SECONDS)] },
      y: { range: (_plot, _from, to) => [0, (to || 1) * 1.15] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 70, values: (_plot, splits) => splits.map(clock) },
      { ...axis, grid, size: 58, space: 34, values: (_plot, splits) => splits.map(format) },
    ],
    series: [{}, line, ...(hasLimits ? [limit] : [])],
  };
}

/** `2:05` since the run began. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A canvas does not follow the page's colours by itself. */
function useDark(): boolean {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = ({ matches }: MediaQueryListEvent) => setDark(matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return isDark;
}
