// SPDX-License-Identifier: MIT
import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { type BpffsMount, type BpffsPlace, bpffsIn, bpffsPlacesIn } from "@bpf-token/delegation";

/** A container may have 100,000 mounts with paths of any length. */
const MOST_BYTES = 256 * 1024 * 1024;
const CHUNK = 1024 * 1024;

/** The BPF filesystems in a file like `/proc/PID/mountinfo`. */
export interface Mounts {
  readonly bpffs: readonly BpffsMount[];
  /** The file is longer than what was read. */
  readonly cut: boolean;
}

/** Every mount of a BPF filesystem in such a file. */
export interface Places {
  readonly places: readonly BpffsPlace[];
  readonly cut: boolean;
  /** How many bytes were read. */
  readonly bytes: number;
}

/**
 * Reads the BPF filesystems in the first `most` bytes of a file like `/proc/PID/mountinfo`. Keeps only
 * the lines that matter, because the file may be larger than a string can be.
 */
export function readMounts(path: string, most: number = MOST_BYTES): Mounts {
  const { text, cut } = readLines(path, most);
  return { bpffs: bpffsIn(text), cut };
}

/** Reads every mount of a BPF filesystem like {@link readMounts}, also those that others hide. */
export function readPlaces(path: string, most: number): Places {
  const { text, cut, bytes } = readLines(path, most);
  return { places: bpffsPlacesIn(text), cut, bytes };
}

/** The lines of a mountinfo that are about BPF filesystems. */
function readLines(path: string, most: number): { text: string; cut: boolean; bytes: number } {
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, most));
  const kept = new Kept();
  const fd = openSync(path, "r");
  try {
    let left = most;
    for (let n = 1; n > 0 && left > 0; left -= n) {
      n = readSync(fd, chunk, 0, Math.min(chunk.length, left), null);
      kept.push(decoder.write(chunk.subarray(0, n)));
    }
    const cut = left === 0 && readSync(fd, chunk, 0, 1, null) > 0;
    return { text: kept.finish(cut), cut, bytes: most - left };
  } finally {
    closeSync(fd);
  }
}

/** The lines of BPF filesystems, and those of other mounts that hide one of them. */
class Kept {
  readonly #lines: string[] = [];
  readonly #places = new Set<string>();
  #rest: string[] = [];

  push(text: string): void {
    const [first = "", ...more] = text.split("\n");
    this.#rest.push(first);
    for (const next of more) {
      this.#take(this.#rest.join(""));
      this.#rest = [next];
    }
  }

  /** Returns the text. The last line counts unless it is cut. */
  finish(cut: boolean): string {
    if (!cut) this.#take(this.#rest.join(""));
    return this.#lines.join("\n");
  }

  #take(line: string): void {
    const place = line.split(" ", 5)[4] ?? "";
    if (line.includes(" - bpf ")) this.#places.add(place);
    if (this.#places.has(place)) this.#lines.push(line);
  }
}
