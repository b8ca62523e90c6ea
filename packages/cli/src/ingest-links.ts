import { SoferError, type ExitCode, type Settings } from "@sofer/core";
import type { AtRest, LoadedLinkFile } from "@sofer/engine";
import type { LinkAccount } from "@sofer/store";
import { composeRoad } from "./compose.ts";
import { renderLinkAccount, renderLinkFile, renderLinkTypes } from "./render/links.ts";
import type { Messages } from "./render/messages.ts";
import { Output } from "./render/output.ts";
import { ingestWith } from "./run-ingest.ts";

/**
 * Books first, so that links find their places; their own exit code stands.
 * @param paths of saved files
 * @param isFromBucket the files are the bucket's
 */
export async function ingestWithLinks(
  settings: Settings,
  messages: Messages,
  paths: readonly string[],
  isFromBucket: boolean,
): Promise<ExitCode> {
  const saved = isFromBucket ? [] : await (await import("./link-files.ts")).savedLinkFiles(paths);
  const onFile = (file: LoadedLinkFile) => messages.info(renderLinkFile(file));
  const bring = async (rest: AtRest, signal: AbortSignal): Promise<LinkAccount> => {
    const { loadBucketLinks, loadLinkFiles } = await import("@sofer/engine/ingest");
    const how = { rest, onFile, signal: saidOfLinks(signal) };
    return isFromBucket ? loadBucketLinks({ ...(await composeRoad(settings)), ...how }) : loadLinkFiles(saved, how);
  };
  return ingestWith(settings, messages, {
    afterwards: {
      prepare() {
        // Asked for again when it is used, where its failure is heard.
        if (isFromBucket) void import("./worker-sources.ts").catch(() => undefined);
      },
      async bring(rest, signal) {
        printAccount(settings, await bring(rest, signal));
      },
    },
  });
}

/** Books are there already when links come. */
function saidOfLinks(signal: AbortSignal): AbortSignal {
  const stopped = new AbortController();
  const stop = () => stopped.abort(new SoferError("interrupted", "stopped while links came; what is stored is kept"));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return stopped.signal;
}

function printAccount(settings: Settings, account: LinkAccount): void {
  const output = new Output();
  if (settings.json) output.json({ type: "links", ...account });
  else output.line(`${renderLinkAccount(account)}\n\n${renderLinkTypes(account)}`);
  output.flushOrGone();
}
