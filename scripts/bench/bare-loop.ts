/**
 * What the bucket route is compared with: `bare-loop.ts URLS.json CONNECTIONS` downloads each URL of the list once, so
 * many at a time, and parses what is JSON. It checks nothing, keeps nothing and writes nothing. Prints how many it had.
 */
import type { BareCount } from "./bare.ts";

const [list = "", connections = "1"] = process.argv.slice(2);
const urls = (await Bun.file(list).json()) as string[];
const left = urls.values();
const count: BareCount = { objects: 0, parsed: 0 };

async function oneByOne(): Promise<void> {
  for (const url of left) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
    const text = await answer.text();
    count.objects++;
    if (!new URL(url).pathname.endsWith(".json")) continue;
    JSON.parse(text);
    count.parsed++;
  }
}

await Promise.all(Array.from({ length: Number(connections) }, oneByOne));
console.log(JSON.stringify(count));
