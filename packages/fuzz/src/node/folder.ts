// SPDX-License-Identifier: MIT
// The directory of a run holds inputs that reached new code, the report and the findings. The next run
// continues from it, and `fuzz merge` adds up the reports of several shards.
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Shard } from "../engine/fuzzer.js";
import type { FuzzReport } from "../engine/report.js";
import { checkReport } from "../engine/report-check.js";

/**
 * The directory of a run cannot be read or written.
 *
 * @example
 * ```ts
 * try {
 *   new FuzzFolder("/proc/fuzz");
 * } catch (error) {
 *   if (error instanceof FuzzFolderError) console.error(error.message);
 * }
 * ```
 */
export class FuzzFolderError extends Error {
  override readonly name = "FuzzFolderError" as const;
}

/**
 * A directory of {@link FuzzReport}s, inputs and findings.
 *
 * @example
 * ```ts
 * const folder = new FuzzFolder("fuzz-results");
 * folder.addInputs(fuzzer.takeFresh());
 * folder.saveReport(report);
 * ```
 */
export class FuzzFolder {
  readonly #folder: string;

  /** @throws FuzzFolderError if the directory cannot be created. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#try("create", () => createFolder(join(folder, "inputs")));
  }

  /** Returns the inputs, in the same order on every machine. */
  inputs(): readonly Uint8Array[] {
    const folder = join(this.#folder, "inputs");
    return this.#try("read", () =>
      readdirSync(folder)
        .sort()
        .map((name) => Uint8Array.from(readRegular(join(folder, name)))),
    );
  }

  addInputs(inputs: readonly Uint8Array[]): void {
    for (const input of inputs) this.#write(join("inputs", hashOf(input)), input);
  }

  /**
   * Writes the files of a finding to a folder of its own; returns the folder's name. The name depends on all
   * files, because the same input can be a finding of other subjects.
   */
  addFinding(files: ReadonlyMap<string, Uint8Array | string>): string {
    const name = `finding-${hashOf(...files.values())}`;
    this.#try("create", () => createFolder(join(this.#folder, name)));
    for (const [file, content] of files) this.#write(join(name, file), content);
    return name;
  }

  /** Returns the report of a shard; undefined if there is none. */
  report(shard: Shard): FuzzReport | undefined {
    const file = join(this.#folder, reportName(shard));
    if (!existsSync(file)) return undefined;
    return this.#read(file);
  }

  saveReport(report: FuzzReport): void {
    this.#write(reportName(report.shard), `${JSON.stringify(report, null, 1)}\n`);
  }

  /** Returns the reports of all shards. */
  reports(): readonly FuzzReport[] {
    return this.#try("read", () => readdirSync(this.#folder))
      .filter((name) => /^report-\d+-of-\d+\.json$/.test(name))
      .sort()
      .map((name) => this.#read(join(this.#folder, name)));
  }

  #read(file: string): FuzzReport {
    try {
      return checkReport(JSON.parse(readRegular(file).toString()));
    } catch (cause) {
      throw new FuzzFolderError(`'${file}' is not a report of fuzz: ${(cause as Error).message}`);
    }
  }

  /** Writes a temporary file first, so that an interrupted run leaves no incomplete file. */
  #write(name: string, content: Uint8Array | string): void {
    const file = join(this.#folder, name);
    this.#try("write to", () => {
      writeFileSync(`${file}.${process.pid}`, content);
      renameSync(`${file}.${process.pid}`, file);
    });
  }

  #try<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (cause) {
      if (cause instanceof FuzzFolderError) throw cause;
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new FuzzFolderError(`cannot ${what} '${this.#folder}': ${code}`);
    }
  }
}

const reportName = ({ index, count }: Shard): string => `report-${index + 1}-of-${count}.json`;

function hashOf(...pieces: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex").slice(0, 16);
}

/** Creates a folder and its parents. Node's own loop never ends where mkdir(2) answers ENOENT. */
function createFolder(folder: string, again = true): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || !again) throw error;
    createFolder(dirname(folder));
    createFolder(folder, false);
  }
}

/** Maximum size of a file of the folder. */
const MOST = 64 << 20;

/** Reads a regular file; a FIFO or a device may never end. */
export function readRegular(file: string): Buffer {
  const stat = lstatSync(file);
  if (!stat.isFile()) throw new FuzzFolderError(`${file} is not a regular file`);
  if (stat.size > MOST) throw new FuzzFolderError(`${file} has more than ${MOST >> 20} MiB`);
  return readFileSync(file);
}
