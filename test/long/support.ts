import { readFileSync } from "node:fs";
import { jsonLines, runCli, spawnCli, type TempDir } from "../support.ts";

/** Top categories of the generated library; its further books are all under Musar. */
export const EVERYTHING = [
  "Tanakh",
  "Mishnah",
  "Talmud",
  "Midrash",
  "Halakhah",
  "Jewish Thought",
  "Chasidut",
  "Kabbalah",
  "Liturgy",
  "Second Temple",
  "Musar",
].map((category) => `category:${category}`);

export interface IngestParts {
  readonly url: string;
  readonly library: string;
  readonly titles: readonly string[];
  readonly more: readonly string[];
}

function ingestWords(folder: TempDir, { url, library, titles, more }: IngestParts): string[] {
  const where = [
    "--base-url",
    url,
    "--source",
    "service",
    "--library",
    library,
    "--pace-file",
    folder.file("pace.sqlite"),
  ];
  return ["ingest", ...where, "--versions", "all", "--quiet", ...more, "--titles", ...titles];
}

export const ingest = (folder: TempDir, parts: IngestParts) => runCli(ingestWords(folder, parts));

/** A run that is left running. What it says is read all the time, so that it never waits for a reader. */
export function startIngest(folder: TempDir, parts: IngestParts) {
  const child = spawnCli(ingestWords(folder, parts));
  const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const ended = async () => {
    const [[stdout, stderr], code] = await Promise.all([said, child.exited]);
    return { code, stdout, stderr };
  };
  return { child, ended };
}

/** Events of a `--log-file` that may still be written to: a line that is not finished yet is left out. */
export function eventsOf(logFile: string): Record<string, unknown>[] {
  const text = readFileSync(logFile, "utf8");
  return jsonLines(text.slice(0, text.lastIndexOf("\n") + 1));
}

/** Most entries of an ascending list of times that fall into any one window, its end left out. */
export function mostInWindow(times: readonly number[], windowMs: number): number {
  let oldest = 0;
  let most = 0;
  for (const [newest, at] of times.entries()) {
    while (at - (times[oldest] ?? 0) >= windowMs) oldest++;
    most = Math.max(most, newest - oldest + 1);
  }
  return most;
}

/** What was measured, for whoever reads the log. */
export function note(figures: string): void {
  process.stderr.write(`    ${figures}\n`);
}
