import { printable } from "./printable.ts";

/** Thousands with a comma, the same in every locale: `3,550,000`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 book`, `1,200 books`. The plural is the singular with an s unless it is given. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${Math.round(value) === 1 ? singular : plural}`;
}

const BYTE_UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Decimal units, as disks and networks count. */
export function bytes(value: number): string {
  let unit = 0;
  let shown = value;
  while (shown >= 1000 && unit < BYTE_UNITS.length - 1) {
    shown /= 1000;
    unit++;
  }
  return `${unit === 0 ? shown : shown.toFixed(shown < 10 ? 1 : 0)} ${BYTE_UNITS[unit]}`;
}

/** `42s`, `3m 05s`, `2h 10m`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** UTC, to the second: the same on every machine. */
export function moment(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Columns padded to their widest cell; cells that are numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [
    head,
    ...rows.map((row) => row.map((cell) => (typeof cell === "number" ? count(cell) : printable(cell)))),
  ];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const isRight = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const gap = " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell));
          return isRight[column] === true ? gap + cell : cell + gap;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
