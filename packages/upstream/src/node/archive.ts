// SPDX-License-Identifier: MIT
import { createReadStream, readSync } from "node:fs";
import { pipeline } from "node:stream";
import { ReadableStream, type ReadableWritablePair } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from "modern-tar";
import { SourceError } from "../errors.js";
import { mostSource, openRegularFile, tooLarge } from "./regular-file.js";
import { filterThrough, sizeText } from "./run.js";

/** Programs that decompress, by the first bytes of a file. None of them gets a file name. */
const programs: readonly (readonly [string, readonly string[]])[] = [
  ["fd377a585a00", ["xz", "-dc", "-T1"]],
  ["425a68", ["bzip2", "-dc"]],
  ["28b52ffd", ["zstd", "-dc"]],
];
const GZIP = "1f8b";
/** A kernel has less than 2 GiB, and xz unpacks that in 15 s on a machine without other work. */
const limits = { seconds: 180, output: 2 ** 32, bytes: 2 ** 31 };

/**
 * Reads files of an archive, each below one folder at the top. Members are read as a stream; nothing
 * is extracted to the disk.
 *
 * @throws SourceError if the archive contains none of the files, or a file of another type.
 */
export async function readArchive(
  archive: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  return readMembers(plainBytes(archive), archive, paths);
}

/**
 * Reads files of an archive whose bytes come in pieces.
 *
 * @param archive - its name, for errors.
 */
export async function readMembers(
  pieces: AsyncIterable<Uint8Array>,
  archive: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const members = new Members(archive, paths);
  let problem = "";
  // The decoder finds no damage unless it is strict; `Members` reports what is missing.
  const decoder = createTarDecoder({ strict: true });
  const entries = ReadableStream.from(withinLimits(pieces)).pipeThrough(
    decoder as ReadableWritablePair<ParsedTarEntry, Uint8Array>,
  );
  try {
    // Leaving the loop cancels the stream, which ends the program that decompresses.
    for await (const entry of entries) {
      await members.read(entry);
      if (members.complete) break;
    }
  } catch (error) {
    if (error instanceof SourceError) throw error;
    problem = (error as Error).message;
  }
  return members.all(problem);
}

async function* withinLimits(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  const deadline = performance.now() + limits.seconds * 1000;
  for await (const bytes of pieces) {
    size += bytes.length;
    if (size > limits.output) throw new Error(`it unpacks to more than ${sizeText(limits.output)}`);
    if (performance.now() > deadline) throw new Error(`it takes more than ${limits.seconds} s`);
    yield bytes;
  }
}

/** The wanted members of an archive. */
class Members {
  readonly #archive: string;
  readonly #paths: readonly string[];
  readonly #found = new Map<string, Uint8Array>();
  /** The top folder of the first wanted member; others may contain other kernels. */
  #top: string | undefined;
  #open: string | undefined;

  constructor(archive: string, paths: readonly string[]) {
    this.#archive = archive;
    this.#paths = paths;
  }

  get complete(): boolean {
    return this.#found.size === this.#paths.length;
  }

  /** Returns the path in the tree of a wanted member. */
  wanted(member: string): string | undefined {
    const [, top, path = ""] = /^(?:\.\/)*([^/]+)\/(.*?)\/?$/s.exec(member) ?? [];
    if (top === undefined || top === ".." || !this.#paths.includes(path)) return undefined;
    if (this.#found.has(path) || top !== (this.#top ?? top)) return undefined;
    this.#top = top;
    return path;
  }

  async read({ header, body }: ParsedTarEntry): Promise<void> {
    const path = this.wanted(header.name);
    // Cancelling a body can leave the decoder of modern-tar 0.8 without anything that wakes it.
    if (path === undefined) return drain(body as ReadableStream<Uint8Array>);
    const what = `${this.#archive}: ${path}`;
    refuseUnless(header, what);
    this.#open = path;
    const pieces: Uint8Array[] = [];
    for await (const bytes of body as ReadableStream<Uint8Array>) pieces.push(bytes);
    this.#open = undefined;
    this.#found.set(path, Buffer.concat(pieces));
  }

  all(problem: string): ReadonlyMap<string, Uint8Array> {
    const why = problem === "" ? "" : ` (${problem})`;
    if (this.#open !== undefined) {
      throw new SourceError("truncated", `${this.#archive} ends in ${this.#open}${why}`);
    }
    if (this.#found.size > 0) return this.#found;
    const names = this.#paths.join(", ");
    throw new SourceError("no-file", `${this.#archive} contains no ${names}${why}`);
  }
}

async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  while (!(await reader.read()).done);
}

function refuseUnless({ type = "file", size }: TarHeader, what: string): void {
  if (type !== "file")
    throw new SourceError("unsafe", `${what} is not a regular file but a ${type}`);
  if (size > mostSource) throw tooLarge(what, size, mostSource);
}

/** Returns the archive without its compression, which its first bytes name. */
function plainBytes(archive: string): AsyncIterable<Buffer> {
  const fd = openRegularFile(archive);
  const start = Buffer.alloc(6);
  readSync(fd, start, 0, start.length, 0);
  const head = start.toString("hex");
  const file = createReadStream("", { fd, start: 0, highWaterMark: 1 << 18 });
  const words = programs.find(([magic]) => head.startsWith(magic))?.[1];
  if (words !== undefined) return filterThrough(words, file, limits);
  if (!head.startsWith(GZIP)) return file;
  const plain = createGunzip({ chunkSize: 1 << 18 });
  pipeline(file, plain, () => {});
  return plain;
}
