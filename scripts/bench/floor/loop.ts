/**
 * The floor: `loop.ts URLS.json DATABASE CONNECTIONS` downloads each URL of the list once, so many at a time, parses what
 * is JSON, keeps its texts in a database and indexes them. One process, and nothing more than that. Prints what it had.
 */
import { rowsOf } from "./rows.ts";
import { SlimStore } from "./slim-store.ts";

const [list = "", database = "", connections = "1"] = process.argv.slice(2);
const urls = (await Bun.file(list).json()) as string[];
const left = urls.values();
let answers = 0;
using store = new SlimStore(database);

async function oneByOne(): Promise<void> {
  for (const url of left) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: status ${answer.status}`);
    store.add(rowsOf(JSON.parse(await answer.text())));
    answers++;
  }
}

await Promise.all(Array.from({ length: Number(connections) }, oneByOne));
console.log(JSON.stringify({ answers, texts: store.index() }));
