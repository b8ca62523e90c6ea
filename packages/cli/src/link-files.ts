import { createReadStream, existsSync } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { SoferError } from "@sofer/core";
import type { LinkFile } from "@sofer/engine";
import { readLinksCsv } from "@sofer/sefaria";

/** Saved links files of the export, plain or gzipped, under their own names. @throws SoferError `usage` when one is missing */
export async function savedLinkFiles(paths: readonly string[]): Promise<LinkFile[]> {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new SoferError("usage", `there is no file ${missing}`, {
      hint: "--links takes saved links files, .csv or .csv.gz",
    });
  }
  const files: LinkFile[] = [];
  for (const path of paths) {
    // Packed or not, it is the same file.
    const name = basename(path).replace(/\.gz$/, "");
    files.push({ name, checksum: await checksumOf(path), read: (keep) => readLinksCsv(decoded(path), { name, keep }) });
  }
  const names = files.map((file) => file.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new SoferError("usage", `two files are called ${twice}: the second would replace the first`);
  }
  return files;
}

async function checksumOf(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const bytes of Bun.file(path).stream()) hash.update(bytes);
  return hash.digest("hex");
}

async function* decoded(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  const stream: Readable = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  file.once("error", (error) => stream.destroy(error));
  try {
    for await (const bytes of stream) yield bytes as Uint8Array;
  } catch (cause) {
    throw new SoferError("wire-shape", `${path} cannot be read to its end: ${String(cause)}`, { cause });
  } finally {
    file.destroy();
    stream.destroy();
  }
}
