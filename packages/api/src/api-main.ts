// The API's own entry beside an ingest: the ingest spawns this file, and says everything else in messages.

// What ends the ingest is sent to its whole group; the API is there until the run has said its last word, and leaves with it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const { serveRun } = await import("./live/serve-run.ts");
serveRun();

export {};
