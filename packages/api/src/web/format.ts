/** Numbers as the page shows them: the same on every machine. */

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${Math.round(value) === 1 ? singular : plural}`;
}

/** A rate: one digit where it says something. */
export function rate(value: number): string {
  return value < 100 && value % 1 !== 0 ? value.toFixed(1) : count(value);
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

export function bytes(value: number): string {
  let unit = 0;
  let shown = value;
  while (shown >= 1000 && unit < UNITS.length - 1) {
    shown /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(shown) : shown.toFixed(shown < 10 ? 1 : 0)} ${UNITS[unit] ?? ""}`;
}

/** `45 s`, `3 min`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Never 100 % before it is all. */
export function percent(fraction: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)} %`;
}

export function moment(epochMs: number): string {
  return new Date(epochMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
