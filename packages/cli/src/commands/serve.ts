import { API_TOKEN, ExitCode, settingsOf } from "@sofer/core";
import { LIBRARY_CODE, type Command, type CommandContext } from "../command.ts";
import { Output } from "../render/output.ts";
import { watchSignals } from "../signals.ts";

/** Where the API listens when nothing else was said. */
const PORT = settingsOf("serve").find(({ key }) => key === "api")?.bare ?? 0;

async function run({ settings }: CommandContext): Promise<ExitCode> {
  const [{ startServer }, { tokenFor }] = await Promise.all([import("@sofer/api"), import("@sofer/api/token")]);
  // Nothing can be steered here; but what can be reached from elsewhere is somebody's decision.
  tokenFor(settings.apiHost, process.env[API_TOKEN]);
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  watchSignals(
    () => resolve(),
    () => undefined,
  );
  const server = startServer({
    libraryPath: settings.library,
    hostname: settings.apiHost,
    port: settings.api ?? PORT,
    token: null,
  });
  const output = new Output();
  output.line(
    settings.json
      ? JSON.stringify({ type: "listening", url: server.url })
      : `status API and dashboard of ${settings.library} at ${server.url}`,
  );
  output.flush();
  await asked;
  await server.stop();
  return ExitCode.whole;
}

export const serve: Command = {
  name: "serve",
  summary: "serves the status API and the dashboard of a library at rest",
  operands: "",
  maxOperands: 0,
  ownFlags: [],
  examples: ["serve", "serve --api 0 --library library.sqlite --json"],
  exitCodes: [[ExitCode.whole, "ended by SIGINT, SIGTERM or SIGHUP"], LIBRARY_CODE],
  run,
};
