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

/** The sha256 of some texts and bytes, in hex; the borders between them count. */
export function digest(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(`${part.length}:`);
    hash.update(part);
  }
  return hash.digest("hex");
}

/** Results by the hash of what they were made from. */
export class Cache {
  #folder;

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The bytes kept under a key, or undefined. */
  get(key) {
    const path = join(this.#folder, key);
    if (!existsSync(path)) return undefined;
    const now = new Date();
    utimesSync(path, now, now);
    return readFileSync(path);
  }

  /** Keeps bytes; a build that is stopped in the middle leaves nothing half written. */
  put(key, bytes) {
    const path = join(this.#folder, key);
    writeFileSync(`${path}.${process.pid}`, bytes);
    renameSync(`${path}.${process.pid}`, path);
  }

  /** Drops what no build has asked for in a while. */
  prune(now = Date.now()) {
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat && now - stat.mtimeMs > KEEP_DAYS * 86_400_000) rmSync(path, { force: true });
    }
  }
}
