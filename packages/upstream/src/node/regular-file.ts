// SPDX-License-Identifier: MIT
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { SourceError } from "../errors.js";
import { sizeText } from "./run.js";

/** Maximum size of a source file or a patch. The largest C file of Linux has less than 2 MiB. */
export const mostSource: number = 32 << 20;

/** Returns the error for a file above a limit. */
export function tooLarge(what: string, size: number, most: number): SourceError {
  return new SourceError(
    "too-large",
    `${what} has ${sizeText(size)}; the limit is ${sizeText(most)}`,
  );
}

/**
 * Reads a regular file. Opening does not wait for the writer of a FIFO, and nothing is read from
 * devices.
 *
 * @param flags - more flags of `open`, such as `O_NOFOLLOW`.
 * @throws SourceError if it is no regular file or has more than `most` bytes; the errors of `open`.
 */
export function readRegularFile(file: string, most: number = mostSource, flags = 0): Buffer {
  const fd = openRegularFile(file, flags);
  try {
    const { size } = fstatSync(fd);
    if (size > most) throw tooLarge(file, size, most);
    // A file of /proc has the size 0, and a file may grow.
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const piece = Buffer.alloc(Math.max(size - length, 0) + (1 << 16));
      const read = readSync(fd, piece, 0, piece.length, null);
      if (read === 0) return Buffer.concat(pieces);
      length += read;
      if (length > most) throw tooLarge(file, length, most);
      pieces.push(piece.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}

/** Opens a regular file for reading. */
export function openRegularFile(file: string, flags = 0): number {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  const fd = openSync(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new SourceError("unsafe", `${file} is not a regular file`);
}
