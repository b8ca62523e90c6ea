import type { Receipt } from "@sofer/engine";
import { failedPlace, failureLine, renderCauses } from "./failures.ts";
import { printable } from "./printable.ts";
import { bytes, count, counted, duration, table } from "./table.ts";

const OUTCOMES: Readonly<Record<Receipt["outcome"], string>> = {
  whole: "done and whole",
  failures: "finished, with failures",
  interrupted: "interrupted; what was done is kept, run the same again to go on",
  stopped: "stopped; what was done is kept",
};

/** Failures that a receipt names; `sofer status --failures` has all. */
const SHOWN_FAILURES = 10;

function excludedLines(receipt: Receipt): string[] {
  const reasons = Object.entries(receipt.excludedVersions).filter(([, sum]) => sum.versions > 0);
  if (reasons.length === 0) return [];
  const parts = reasons.map(
    ([reason, sum]) => `${reason} ${counted(sum.versions, "version")} with ${counted(sum.texts, "text")}`,
  );
  return [`left out  ${parts.join(" · ")}`, ...licenceLines(receipt)];
}

/** The versions that the policy on licences left out, by name; `--json` has all of them. */
function licenceLines({ excludedByLicence }: Receipt): string[] {
  const named = excludedByLicence
    .slice(0, SHOWN_FAILURES)
    .map(
      (version) =>
        `          ${printable(`${version.title} ${version.language}|${version.versionTitle}: ${version.license || "no licence stated"}`)}`,
    );
  const more = excludedByLicence.length - named.length;
  return more > 0 ? [...named, `          and ${counted(more, "version")} more: --json names them`] : named;
}

function changeLines({ changes, dropped, beyond }: Receipt): string[] {
  const { added, changed, moved, removed, unchanged } = changes;
  const lines: string[] = [];
  // A first load is all addition, and the lines above have said it.
  if (changed + moved + removed + unchanged > 0) {
    const parts = Object.entries({ added, changed, moved, removed, unchanged }).map(
      ([name, n]) => `${count(n)} ${name}`,
    );
    lines.push(`changes   ${parts.join(", ")}`);
  }
  if (dropped.length > 0) lines.push(`dropped   the source has no more of ${named(dropped)}`);
  if (beyond.length > 0) lines.push(`beyond    in the export, not in its contents: ${named(beyond)}`);
  return lines;
}

/** How much of the pace was used, by host. */
function paceLines({ paces }: Receipt): string[] {
  return paces.flatMap(({ host, usedPerSecond, allowedPerSecond }) => {
    if (usedPerSecond === null) return [];
    const allowed = allowedPerSecond === 0 ? ", no pace" : ` of ${rate(allowedPerSecond)} allowed`;
    return [`pace      ${rate(usedPerSecond)} requests/s${allowed}${paces.length > 1 ? ` (${host})` : ""}`];
  });
}

function rate(perSecond: number): string {
  return String(Math.round(perSecond * 10) / 10);
}

/** Sums over what went on side by side: they say what a run waited for, not how long it took. */
function spentLine({ spent: { paceMs, networkMs, parseMs, chunkMs, writeMs } }: Receipt): string {
  const parts = [
    ["waiting for the pace", paceMs],
    ["network", networkMs],
    ["parsing", parseMs],
    ["chunks", chunkMs],
    ["writing", writeMs],
  ] as const;
  return `${parts.map(([what, ms]) => `${duration(ms / 1000)} ${what}`).join(", ")} (added up over requests and processes)`;
}

function named(titles: readonly string[]): string {
  const more = titles.length > SHOWN_FAILURES ? ` and ${count(titles.length - SHOWN_FAILURES)} more` : "";
  return titles.slice(0, SHOWN_FAILURES).map(printable).join(", ") + more;
}

function refusedLines({ refusedBooks }: Receipt): string[] {
  if (refusedBooks.length === 0) return [];
  const more = refusedBooks.length > SHOWN_FAILURES ? ` and ${count(refusedBooks.length - SHOWN_FAILURES)} more` : "";
  return [
    `refused   dictionaries, which hold no stored text: ${refusedBooks.slice(0, SHOWN_FAILURES).map(printable).join(", ")}${more}`,
  ];
}

/** The end of a run: what was promised, what became of it, and that the sum is right. */
export function renderReceipt(receipt: Receipt): string {
  const { expected, stored, blank, uncovered, excludedSlots, failedSlots, texts, failures } = receipt;
  const sum = stored + blank + uncovered + excludedSlots + failedSlots;
  const sign = sum === expected ? "=" : "≠";
  // A run that was cut short did not fail at what it never asked for.
  const failed = receipt.outcome === "interrupted" || receipt.outcome === "stopped" ? "not here yet" : "failed";
  const lines = [
    `${OUTCOMES[receipt.outcome]} · ${duration(receipt.seconds)}`,
    `books     ${count(receipt.books)} with ${counted(receipt.leaves, "leaf", "leaves")}, ${counted(receipt.versions, "version")}, ${counted(receipt.chunks, "chunk")} of ${counted(receipt.tokens, "token")}`,
    `source    ${counted(receipt.requests, "request")}, ${bytes(receipt.bytes)}`,
    `segments  ${count(expected)} expected ${sign} ${count(stored)} stored + ${count(blank)} blank + ${count(uncovered)} uncovered + ${count(excludedSlots)} excluded + ${count(failedSlots)} ${failed}`,
    `texts     ${count(texts.places)} places: ${count(texts.stored)} stored (${count(texts.irregular)} irregular), ${count(texts.blank)} blank, ${count(texts.notText)} not text, ${count(texts.excluded)} excluded`,
    ...paceLines(receipt),
    `time      ${spentLine(receipt)}`,
    ...changeLines(receipt),
    ...excludedLines(receipt),
    ...refusedLines(receipt),
  ];
  if (receipt.perCategory.length > 1) {
    const head = [
      "category",
      "books",
      "expected",
      "stored",
      "blank",
      "uncovered",
      "excluded",
      failed,
      "chunks",
      "tokens",
    ];
    const rows = receipt.perCategory.map((row) => [
      row.category,
      row.books,
      row.expected,
      row.stored,
      row.blank,
      row.uncovered,
      row.excluded,
      row.failed,
      row.chunks,
      row.tokens,
    ]);
    lines.push("", table(head, rows));
  }
  if (failures.length > 0) {
    lines.push("", `${counted(failures.length, "failure")}:`);
    for (const failure of failures.slice(0, SHOWN_FAILURES)) {
      lines.push(`  ${failureLine(failedPlace(failure), failure.code, failure.message)}`);
    }
    if (failures.length > SHOWN_FAILURES)
      lines.push(`  and ${count(failures.length - SHOWN_FAILURES)} more: sofer status --failures`);
    lines.push(
      "by cause:",
      ...renderCauses(failures),
      "  sofer retry tries them again, sofer retry --cause CODE those of one cause",
    );
  }
  return lines.join("\n");
}
