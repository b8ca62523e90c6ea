import { ExitCode, SoferError, type Settings } from "@sofer/core";
import { loadBucketLinks, loadLinkFiles, type LinkFile, type LoadedLinkFile } from "@sofer/engine";
import type { LinkAccount } from "@sofer/store";
import { composeRoad } from "./compose.ts";
import { savedLinkFiles } from "./link-files.ts";
import { renderLinkAccount, renderLinkFile, renderLinkTypes } from "./render/links.ts";
import type { Messages } from "./render/messages.ts";
import { Output } from "./render/output.ts";
import { ingestWith } from "./run-ingest.ts";
import { watchSignals } from "./signals.ts";

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
  const files = await savedLinkFiles(paths);
  const code = await ingestWith(settings, messages);
  if (code !== ExitCode.whole && code !== ExitCode.failures) return code;
  const account = await bringLinks(settings, messages, isFromBucket ? null : files);
  const output = new Output();
  if (settings.json) output.json({ type: "links", ...account });
  else output.line(`${renderLinkAccount(account)}\n\n${renderLinkTypes(account)}`);
  output.flushOrGone();
  return code;
}

/** @param files saved ones; null: the bucket's. */
async function bringLinks(
  settings: Settings,
  messages: Messages,
  files: readonly LinkFile[] | null,
): Promise<LinkAccount> {
  const onFile = (file: LoadedLinkFile) => messages.info(renderLinkFile(file));
  if (files !== null) return loadLinkFiles({ libraryPath: settings.library, files, onFile });
  const stopped = new AbortController();
  const stop = () => stopped.abort(new SoferError("interrupted", "stopped while links came; what is stored is kept"));
  const signals = watchSignals(stop, stop);
  try {
    return await loadBucketLinks({ ...composeRoad(settings), onFile, signal: stopped.signal });
  } finally {
    signals.dispose();
  }
}
