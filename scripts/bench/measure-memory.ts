import { isProven } from "./ingest-run.ts";
import { measureIngest, type Measured } from "./measure.ts";
import { count, megabytes, NO_RATE, renderMemory, renderRows, renderVerify, settingRows, type Row } from "./report.ts";

/** Sections of a generated book; with 5, a thousand books have more than 100 MB. */
const SCALE = 5;
/** How many times as many books the second library has: its further books are smaller ones, so it has ten times the text. */
const TIMES = 11;
/** How much more memory a library ten times as long may take. */
const MOST_MORE = 0.15;

/** The same kind of library twice, the second one ten times as long. */
export interface MeasuredMemory {
  readonly base: Measured;
  readonly long: Measured;
}

/** @param books of the first library */
export async function measureMemory(options: { books: number; workers: number }): Promise<MeasuredMemory> {
  const measure = (books: number) =>
    measureIngest({ corpus: `${books}x${SCALE}`, books: null, workers: options.workers, latencyMs: 0, keep: null });
  const base = await measure(options.books);
  return { base, long: await measure(options.books * TIMES) };
}

/** Peak of the longer one over that of the shorter. */
function ratioOf({ base, long }: MeasuredMemory): number | null {
  return base.memory === null || long.memory === null ? null : long.memory.bytes / base.memory.bytes;
}

export function isFlat(measured: MeasuredMemory): boolean {
  const ratio = ratioOf(measured);
  return isProven(measured.base) && isProven(measured.long) && ratio !== null && ratio <= 1 + MOST_MORE;
}

export function renderMemoryReport(measured: MeasuredMemory): string {
  const ratio = ratioOf(measured);
  const { base, long } = measured;
  return [
    renderRows(settingRows(base, `load before ${base.loadBefore.toFixed(2)}`, "web service")),
    renderRows(rowsOf(base)),
    renderRows(rowsOf(long)),
    renderRows([
      [
        "ratio",
        ratio === null
          ? "not known"
          : `${ratio.toFixed(3)} of peaks, over ${(long.rawBytes / base.rawBytes).toFixed(1)} times the text`,
      ],
      ["flat", isFlat(measured) ? "yes" : "NO"],
    ]),
  ].join("\n\n");
}

function rowsOf(measured: Measured): Row[] {
  const { memory, wallSeconds, rawBytes, segments } = measured;
  if (!isProven(measured))
    return [
      ["verify", renderVerify(measured)],
      ["memory", NO_RATE],
    ];
  const rows: Row[] = [
    ["library", `${count(measured.books)} books, ${megabytes(rawBytes)} raw, ${count(segments)} segments`],
    ["wall", `${wallSeconds.toFixed(1)} s`],
    ["memory", renderMemory(memory)],
  ];
  if (memory === null) return rows;
  const { meanBytes, bytesPerSecond } = memory.lastHalf;
  const perMinute = `${megabytes(bytesPerSecond * 60)} a minute, ${((100 * bytesPerSecond * wallSeconds) / 2 / meanBytes).toFixed(1)} % over that half`;
  return [...rows, ["last half", `mean ${megabytes(meanBytes)}, slope ${perMinute}`]];
}
