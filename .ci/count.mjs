// Sums the test runs of a CI run, after what their failed tests printed. Usage: node .ci/count.mjs <folder with <step>.log and <step>.code>
// Plain JavaScript: node alone must be able to say that the installation of everything else failed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? ".";
const total = { pass: 0, fail: 0, skip: 0, todo: 0 };

for (const file of readdirSync(folder)) {
  if (!file.endsWith(".code")) continue;
  const step = file.slice(0, -".code".length);
  const code = readFileSync(join(folder, file), "utf8").trim();
  const log = readFileSync(join(folder, `${step}.log`), "utf8");
  const counted = summary(log);
  if (code !== "0") {
    for (const line of failures(log)) console.log(`${step}: ${line}`);
    console.log(`failed step: ${step} (exit code ${code})`);
    counted.fail = Math.max(1, counted.fail);
  }
  for (const key of Object.keys(total)) total[key] += counted[key];
}

const skipped = total.skip + total.todo;
console.log(`${total.pass} passed, ${total.fail} failed, ${skipped} skipped`);
process.exit(total.fail > 0 || total.pass === 0 ? 1 : 0);

// Bun ends a test run with ` 12 pass`, ` 1 skip`, ` 1 todo`, ` 2 fail`, …, `Ran 16 tests across 3 files.` Not its junit
// report: that leaves out a test file that could not be loaded, which this summary counts as failed.
function summary(log) {
  const counted = { pass: 0, fail: 0, skip: 0, todo: 0 };
  const lines = log.split("\n");
  let at = lines.findLastIndex((line) => /^Ran \d+ tests? across/.test(line));
  for (at--; at >= 0; at--) {
    const found = /^ *(\d+) ([a-z]+)\b/.exec(lines[at]);
    if (found === null) break;
    if (found[2] in counted) counted[found[2]] = Number(found[1]);
  }
  return counted;
}

// Of each failed test its own lines, printed before its `(fail)`: a log of thousands of lines may be cut in the middle by
// whoever keeps it, hardly ever at its end. At most the last 60 lines of a test.
function failures(log) {
  const kept = [];
  let since = [];
  for (const line of log.split("\n")) {
    since.push(line);
    if (line.startsWith("(fail)")) kept.push(...since.slice(-60));
    if (/^\((pass|fail|skip|todo)\)/.test(line)) since = [];
  }
  return kept;
}
