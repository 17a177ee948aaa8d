// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const CONSOLE = 0o020600;

/** One file of an archive for {@link packCpio}. */
export interface ArchiveEntry {
  /** Path without a leading slash. A directory must precede its contents. */
  readonly name: string;
  /** File type and permissions, as in `st_mode`. */
  readonly mode: number;
  /** Contents of a regular file. */
  readonly data?: Uint8Array;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
}

/**
 * Packs files into a cpio archive that Linux unpacks as its initial root file system (`newc`
 * format). All files belong to root and have time 0, so equal files give equal archives. Use it for
 * guests whose first process is not the executor.
 *
 * @example
 * ```ts
 * const archive = packCpio([{ name: "init", mode: 0o100755, data: program }]);
 * ```
 */
export function packCpio(entries: readonly ArchiveEntry[]): Buffer {
  const all = [...entries, { name: "TRAILER!!!", mode: 0 }];
  return Buffer.concat(all.flatMap((entry, i) => packEntry(entry, i + 1)));
}

function packEntry({ name, mode, data, device }: ArchiveEntry, inode: number): readonly Buffer[] {
  const size = data?.length ?? 0;
  const [major, minor] = device ?? [0, 0];
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, name.length + 1, 0];
  const hex = fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  return [pad(Buffer.from(`070701${hex}${name}\0`)), pad(Buffer.from(data ?? []))];
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** Packs the initial root file system of a guest: the executor as its first process. */
export function packInitramfs(executor: Uint8Array): Buffer {
  return packCpio([
    { name: "dev", mode: DIRECTORY },
    { name: "dev/console", mode: CONSOLE, device: [5, 1] },
    { name: "init", mode: PROGRAM, data: executor },
  ]);
}

/** Writes the archive into a folder unless it exists, and returns its path. */
export function makeInitramfs(executor: string, folder: string): string {
  const program = readFileSync(executor);
  const hash = createHash("sha256").update(program).digest("hex").slice(0, 16);
  const path = join(folder, `initramfs-${hash}.cpio`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Write under a temporary name first: another process may read or write the archive now.
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, packInitramfs(program));
  renameSync(fresh, path);
  return path;
}
