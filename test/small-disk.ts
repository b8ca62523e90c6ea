import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of a few megabytes: a file system in memory, which only the administrator may mount. */
export interface SmallDisk {
  readonly path: string;
  file(name: string): string;
  freeBytes(): number;
  /** Leaves so many bytes free, whatever was taken up by this before. */
  leave(bytes: number): void;
  /** Gives back what `leave` took. */
  empty(): void;
  setReadOnly(isReadOnly: boolean): void;
  [Symbol.dispose](): void;
}

const FILLER = "filler";

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}

export function smallDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "sofer-disk-"));
  run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path);
  const file = (name: string) => join(path, name);
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  const empty = () => rmSync(file(FILLER), { force: true });
  return {
    path,
    file,
    freeBytes,
    empty,
    leave(wanted) {
      empty();
      const taken = freeBytes() - wanted;
      if (taken > 0) writeFileSync(file(FILLER), Buffer.alloc(taken, 1));
    },
    setReadOnly: (isReadOnly) => run("mount", "-o", `remount,${isReadOnly ? "ro" : "rw"}`, path),
    [Symbol.dispose]() {
      // Lazily: a process that a failed test left behind must not keep the folder.
      run("umount", "--lazy", path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Whether this user may mount at all; elsewhere, tests that need a small disk are skipped by name. */
export const canMount = ((): boolean => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    smallDisk(1024 * 1024)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
})();

/** A name for tests that need one. */
export const onSmallDisk = (name: string): string =>
  canMount ? name : `${name} (no small disk can be mounted here: skipped)`;
