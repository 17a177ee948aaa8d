// SPDX-License-Identifier: MIT
import { constants } from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { systemReason } from "../system-error.js";
import { InconclusiveError, UsageError } from "../usage.js";

/** Maximum size of an input. The largest object of a kernel has a tenth of it. */
const MOST = 512 << 20;
/** Maximum size of standard input. Settings and reports have less than 1 MiB. */
const MOST_STDIN = 64 << 20;

/**
 * Reads a file as {@link readInputFile} does, or standard input for `-`, which may be a pipe.
 *
 * @throws UsageError also if standard input has more than 64 MiB.
 */
export async function readInput(file: string): Promise<Buffer> {
  if (file !== "-") return readInputFile(file);
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of process.stdin as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > MOST_STDIN) throw Object.assign(new Error(), { code: "EFBIG" });
      pieces.push(piece);
    }
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? String(e);
    const why = code === "EFBIG" ? `it has more than ${MOST_STDIN >> 20} MiB` : code;
    throw new UsageError(`cannot read standard input: ${why}`, "");
  }
  return Buffer.concat(pieces);
}

/**
 * Reads a regular file that the command line names. Nothing is read from devices and FIFOs, which
 * may never end.
 *
 * @throws UsageError if the file cannot be read, is not regular or has more than 512 MiB.
 */
export async function readInputFile(file: string): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    // Opening a FIFO would wait for its writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
    if (!stat.isFile()) throw Object.assign(new Error(), { code: "ESPIPE" });
    if (stat.size > MOST) throw Object.assign(new Error(), { code: "EFBIG" });
    return await handle.readFile();
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? String(e);
    throw new UsageError(`cannot read '${file}': ${problems[code] ?? code}`, "");
  } finally {
    await handle?.close();
  }
}

/**
 * Writes a file that the command line names.
 *
 * @throws InconclusiveError if it cannot be written.
 */
export async function writeOutputFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (e) {
    throw new InconclusiveError(`cannot write '${file}': ${systemReason(e) ?? String(e)}`);
  }
}

/**
 * Writes a regular file, which may be new. Nothing is written to FIFOs, which may wait for a reader,
 * and to devices.
 *
 * @throws InconclusiveError if it cannot be written.
 */
export async function writeRegularFile(file: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o666);
    if (!(await handle.stat()).isFile()) throw Object.assign(new Error(), { code: "ENXIO" });
    await handle.truncate();
    await handle.writeFile(text);
  } catch (e) {
    const isOther = (e as NodeJS.ErrnoException).code === "ENXIO";
    const why = isOther
      ? "it is not a regular file. Fix: give the path of a new file"
      : (systemReason(e) ?? String(e));
    throw new InconclusiveError(`cannot write '${file}': ${why}`);
  } finally {
    await handle?.close();
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: "the file does not exist",
  EISDIR: "it is a directory; give the files in it, e.g. scenarios/*.yaml",
  EACCES: "permission denied",
  EFBIG: `it has more than ${MOST >> 20} MiB`,
  ENXIO: "it is not a regular file; save the input to a file first",
  ESPIPE: "it is not a regular file; save the input to a file first",
};
