// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const KEEP_DAYS = 14;

/**
 * The sha256 of several texts and byte arrays, in hex. The lengths are hashed too, so that
 * boundaries matter.
 */
export function digest(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest("hex");
}

/** Build results, stored by the hash of their inputs. */
export class Cache {
  #folder;

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The bytes stored under a key, or undefined. */
  get(key) {
    const path = join(this.#folder, key);
    if (!existsSync(path)) return undefined;
    const now = new Date();
    utimesSync(path, now, now);
    return readFileSync(path);
  }

  /** Stores bytes atomically, so that an interrupted build leaves no partial file. */
  put(key, bytes) {
    const path = join(this.#folder, key);
    writeFileSync(`${path}.${process.pid}`, bytes);
    renameSync(`${path}.${process.pid}`, path);
  }

  /** Deletes results that no build has used for a while. */
  prune(now = Date.now()) {
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat && now - stat.mtimeMs > KEEP_DAYS * 86_400_000) rmSync(path, { force: true });
    }
  }
}
