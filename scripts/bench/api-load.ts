/**
 * `api-load.ts URL STREAMS PER_SECOND` burdens a status API: so many open streams, and so many requests a second beside
 * them, until SIGTERM. Prints what it got as one line of JSON.
 */
const [url = "", streams, perSecond] = process.argv.slice(2);
/** What a page asks for, in its measure. */
const PAGES = [
  "/api/live",
  "/api/hosts",
  "/api/workers",
  "/api/books?limit=50",
  "/api/failures",
  "/api/live",
  "/metrics",
  "/api/categories",
];
const TICK_MS = 20;
/** Bun sends 256 requests at once; what would wait for a place is left out, and counted. */
const MOST_IN_FLIGHT = 40;

const got = { streams: 0, messages: 0, requests: 0, failed: 0, left: 0 };
let inFlight = 0;
let isOver = false;

async function stream(): Promise<void> {
  const answer = await fetch(`${url}/api/events`);
  if (answer.body === null || answer.status !== 200) throw new Error(`a stream was refused with ${answer.status}`);
  got.streams++;
  for await (const bytes of answer.body) got.messages += bytes.length > 0 ? 1 : 0;
}

async function ask(page: string): Promise<void> {
  inFlight++;
  try {
    const answer = await fetch(url + page);
    await answer.arrayBuffer();
    if (answer.ok) got.requests++;
    else got.failed++;
  } catch (thrown) {
    // The API leaves with its run; what was on the way then is no failure.
    if (!(thrown instanceof Error)) throw thrown;
    got.left++;
  } finally {
    inFlight--;
  }
}

async function streamToItsEnd(): Promise<void> {
  try {
    await stream();
  } catch (thrown) {
    if (!isOver && got.requests === 0) throw thrown;
  }
}

for (let n = 0; n < Number(streams); n++) void streamToItsEnd();
const began = performance.now();
let asked = 0;
const timer = setInterval(() => {
  const due = ((performance.now() - began) / 1000) * Number(perSecond);
  for (; asked < due; asked++) {
    if (inFlight >= MOST_IN_FLIGHT) got.left++;
    else void ask(PAGES[asked % PAGES.length] ?? "");
  }
}, TICK_MS);

process.once("SIGTERM", () => {
  isOver = true;
  clearInterval(timer);
  console.log(JSON.stringify({ ...got, seconds: (performance.now() - began) / 1000 }));
  process.exit(0);
});
