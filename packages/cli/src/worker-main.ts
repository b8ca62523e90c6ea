import { runWorker } from "@sofer/engine/worker";
import { workerSource } from "./compose.ts";

// The workers' entry: the coordinator spawns this file, and says everything else in messages.
runWorker(workerSource);
