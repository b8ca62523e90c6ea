// The API's own entry beside an ingest: the ingest spawns this file, and says everything else in messages.

// The terminal's Ctrl-C goes to the whole group; the API ends when the run does.
process.on("SIGINT", () => undefined);

const { serveRun } = await import("./live/serve-run.ts");
serveRun();

export {};
