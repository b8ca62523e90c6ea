/** One bar: how long it is, and what stands behind it. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly kind: "ours" | "other";
}

export interface BarGroup {
  readonly name: string;
  readonly bars: readonly Bar[];
  /** A line across the group's bars. */
  readonly goal?: { readonly value: number; readonly text: string } | null;
}

export interface BarChart {
  readonly title: string;
  /** What was measured, where and when. */
  readonly note: string;
  readonly groups: readonly BarGroup[];
}

const WIDTH = 860;
const LABELS = 200;
const TEXTS = 230;
const MARGIN = 20;
const BAR = 20;
const STEP = 28;
const GROUP_HEAD = 34;
const GOAL_ROOM = 20;
const HEAD = 72;

/** Colours for light and for dark pages; the letters are as dark as each needs. */
const STYLE = `
    .paper { fill: #ffffff; }
    .title { fill: #1f2328; font-size: 18px; font-weight: 600; }
    .name { fill: #1f2328; font-size: 14px; font-weight: 600; }
    .label, .text { fill: #1f2328; font-size: 13px; }
    .label { text-anchor: end; }
    .note { fill: #57606a; font-size: 12px; }
    .ours { fill: #0969da; }
    .other { fill: #afb8c1; }
    .goal { stroke: #9a6700; stroke-width: 2; stroke-dasharray: 5 4; }
    .goal-text { fill: #9a6700; font-size: 12px; }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117; }
      .title, .name, .label, .text { fill: #e6edf3; }
      .note { fill: #9da7b3; }
      .ours { fill: #4493f8; }
      .other { fill: #6e7681; }
      .goal { stroke: #d29922; }
      .goal-text { fill: #d29922; }
    }`;

/** Horizontal bars; each group has a scale of its own, so that one slow group does not flatten the others. */
export function renderBarChart({ title, note, groups }: BarChart): string {
  let y = HEAD;
  const parts: string[] = [];
  for (const group of groups) {
    parts.push(renderGroup(group, y));
    y += heightOf(group);
  }
  const described = groups.map(
    ({ name, bars }) => `${name}: ${bars.map((bar) => `${bar.label} ${bar.text}`).join("; ")}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + MARGIN}" role="img" aria-labelledby="title description" font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">
  <title id="title">${escaped(title)}</title>
  <desc id="description">${escaped(described.join(". "))}.</desc>
  <style>${STYLE}
  </style>
  <rect class="paper" width="${WIDTH}" height="${y + MARGIN}" rx="8"/>
  <text class="title" x="${MARGIN}" y="34">${escaped(title)}</text>
  <text class="note" x="${MARGIN}" y="56">${escaped(note)}</text>
${parts.join("\n")}
</svg>
`;
}

function heightOf({ bars, goal }: BarGroup): number {
  return GROUP_HEAD + bars.length * STEP + (goal === undefined || goal === null ? 0 : GOAL_ROOM);
}

function renderGroup({ name, bars, goal }: BarGroup, top: number): string {
  const room = WIDTH - LABELS - TEXTS;
  const most = Math.max(goal?.value ?? 0, ...bars.map(({ value }) => value));
  const long = (value: number) => (most === 0 ? 0 : Math.round((value / most) * room * 10) / 10);
  const first = top + GROUP_HEAD;
  const lines = bars.map(({ label, value, text, kind }, at) => {
    const y = first + at * STEP;
    const [end, base] = [LABELS + long(value), y + 15];
    return [
      `  <text class="label" x="${LABELS - 10}" y="${base}">${escaped(label)}</text>`,
      `  <rect class="${kind}" x="${LABELS}" y="${y}" width="${long(value)}" height="${BAR}" rx="3"/>`,
      `  <text class="text" x="${end + 8}" y="${base}">${escaped(text)}</text>`,
    ].join("\n");
  });
  if (goal !== undefined && goal !== null) {
    const [x, bottom] = [LABELS + long(goal.value), first + bars.length * STEP];
    lines.push(
      `  <line class="goal" x1="${x}" y1="${first - 4}" x2="${x}" y2="${bottom}"/>`,
      `  <text class="goal-text" x="${x + 6}" y="${bottom + 10}">${escaped(goal.text)}</text>`,
    );
  }
  return [`  <text class="name" x="${MARGIN}" y="${top + 22}">${escaped(name)}</text>`, ...lines].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
