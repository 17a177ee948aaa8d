// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { constants, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readRegularFile } from "./regular-file.js";
import { StoreError } from "./store-entry.js";

/** Maximum size of a file. The modules have less than 1 MiB. */
const mostStored = 64 << 20;

/** Returns the error for an entry that cannot be used. */
export function damaged(name: string, why: string, cause?: unknown): StoreError {
  const how = `Fix: build it again, or run 'bpf-token upstream remove ${name}'`;
  return new StoreError(name, `upstream:${name} cannot be used: ${why}. ${how}`, { cause });
}

/** Returns the name of the file of a module name. */
export const nameFile = (name: string): string => `name-${name}.json`;
/** Such a name, valid or not. */
export const NAME_FILE: RegExp = /^name-(.*)\.json$/s;

/** Returns the error for a file with an invalid name. */
export function foreign(name: string, folder: string): StoreError {
  return new StoreError(
    name,
    `${nameFile(name)} has no valid name and is ignored. Fix: delete it in ${folder}`,
  );
}

/** The files of the store. Its folder may contain files of others. */
export class StoreFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Compiles a file of the store; undefined if it does not exist. */
  module(name: string, file: string): WebAssembly.Module | undefined {
    const bytes = this.read(name, file);
    if (bytes === undefined) return undefined;
    try {
      return new WebAssembly.Module(Uint8Array.from(bytes));
    } catch (cause) {
      throw damaged(name, `${file} is not a WebAssembly module`, cause);
    }
  }

  /** Reads a file, not what a link points to; undefined if it does not exist. */
  read(name: string, file: string): Buffer | undefined {
    try {
      return readRegularFile(join(this.#folder, file), mostStored, constants.O_NOFOLLOW);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      throw damaged(name, code === "ELOOP" ? `${file} is a symbolic link` : message, cause);
    }
  }

  /** Returns the names of all files; none if there is no folder. */
  names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "ENOENT") return [];
      const how = "Fix: set BPF_TOKEN_UPSTREAM to a folder that you can read";
      const why = `${this.#folder} cannot be read: ${code ?? message}`;
      throw new StoreError(this.#folder, `${why}. ${how}`, { cause });
    }
  }

  /** An unreadable file counts as missing, so it is built again. */
  json(name: string): unknown {
    try {
      return JSON.parse(String(this.read(name, name)));
    } catch {
      return undefined;
    }
  }

  /**
   * Writes atomically, so that an interrupted build leaves no partial file.
   *
   * @throws StoreError if the folder cannot be created or written.
   */
  write(name: string, content: Uint8Array | string): void {
    const draft = join(this.#folder, `.${name}.${randomUUID()}`);
    try {
      createFolder(this.#folder);
      writeFileSync(draft, content, { mode: 0o600, flag: "wx" });
      renameSync(draft, join(this.#folder, name));
    } catch (cause) {
      tryRemove(draft);
      throw unwritable(name, this.#folder, cause);
    }
  }
}

/** Creates a folder and its parents. Node's own loop never ends where mkdir(2) answers ENOENT. */
function createFolder(folder: string, again = true): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || !again) throw error;
    createFolder(dirname(folder));
    createFolder(folder, false);
  }
}

/** The folder may be missing or read-only. */
function tryRemove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The first error has the cause.
  }
}

function unwritable(name: string, folder: string, cause: unknown): StoreError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const how =
    code === "ENOSPC" || code === "EDQUOT"
      ? "Fix: free some space there, or set BPF_TOKEN_UPSTREAM to another folder"
      : "Fix: set BPF_TOKEN_UPSTREAM to a folder that you can write";
  return new StoreError(name, `${folder} cannot be written: ${code ?? message}. ${how}`, { cause });
}
