// The workers' entry: the coordinator spawns this file, and says everything else in messages.

// First of all, before anything is loaded: the terminal's Ctrl-C goes to the whole group, as do the end of a session and
// a service manager's stop, and a worker that is only starting must not die of it. Nothing else is listened for here: Bun
// keeps messages, and the news that the coordinator is gone, until the first listener of any kind, and then gives them to
// those that are there.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const [{ runWorker }, { workerSources }] = await Promise.all([
  import("@sofer/engine/worker"),
  import("./worker-sources.ts"),
]);
runWorker(workerSources);

export {};
