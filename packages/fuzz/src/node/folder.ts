// SPDX-License-Identifier: MIT
// What a run leaves in its folder: inputs that reached something new, how far it came, and what it
// found; so that the next one goes on, and several can be added up.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Shard } from "../engine/fuzzer.js";
import type { Tally } from "../engine/tally.js";

/** The folder of a run cannot be read or written. */
export class FuzzFolderError extends Error {
  override readonly name = "FuzzFolderError" as const;
}

/** What a run reached of one of the kernel's own files. */
export interface CoverageSum {
  readonly path: string;
  /** Branches, each way counted as one; and lines with code. */
  readonly branches: { readonly reached: readonly string[]; readonly all: number };
  readonly lines: { readonly reached: readonly number[]; readonly all: number };
}

/** A run, as it is added up. */
export interface FuzzReport {
  readonly subjects: readonly string[];
  readonly seed: number;
  readonly shard: Shard;
  /** The block to go on with. */
  readonly block: number;
  readonly tally: Tally;
  /** Sequences that differed as the releases of the subjects do. */
  readonly expected: number;
  /** With real kernels: sequences that ended early, by the reason. */
  readonly ended?: Readonly<Record<string, number>>;
  readonly coverage: readonly CoverageSum[];
  /** Names of the files of findings. */
  readonly findings: readonly string[];
}

/** A folder of {@link FuzzReport}s, inputs and findings. */
export class FuzzFolder {
  readonly #folder: string;

  /** @throws FuzzFolderError if the folder cannot be created. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#try("make", () => mkdirSync(join(folder, "inputs"), { recursive: true }));
  }

  /** Inputs, in an order that is the same everywhere. */
  inputs(): readonly Uint8Array[] {
    const folder = join(this.#folder, "inputs");
    return this.#try("read", () =>
      readdirSync(folder)
        .sort()
        .map((name) => Uint8Array.from(readFileSync(join(folder, name)))),
    );
  }

  addInputs(inputs: readonly Uint8Array[]): void {
    for (const input of inputs) this.#write(join("inputs", hashOf(input)), input);
  }

  /** Writes a finding; its name in the folder. */
  addFinding(input: Uint8Array, scenario: string): string {
    const name = `finding-${hashOf(input)}.yaml`;
    this.#write(name, scenario);
    return name;
  }

  /** How far the same run came; undefined if there was none, or one of other subjects. */
  report(shard: Shard): FuzzReport | undefined {
    const file = join(this.#folder, reportName(shard));
    if (!existsSync(file)) return undefined;
    return this.#read(file);
  }

  saveReport(report: FuzzReport): void {
    this.#write(reportName(report.shard), `${JSON.stringify(report, null, 1)}\n`);
  }

  /** The reports of all shards. */
  reports(): readonly FuzzReport[] {
    return this.#try("read", () => readdirSync(this.#folder))
      .filter((name) => /^report-\d+-of-\d+\.json$/.test(name))
      .sort()
      .map((name) => this.#read(join(this.#folder, name)));
  }

  #read(file: string): FuzzReport {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as FuzzReport;
    } catch (cause) {
      throw new FuzzFolderError(`'${file}' is no report of fuzz: ${(cause as Error).message}`);
    }
  }

  /** A run that is stopped in the middle leaves nothing half written. */
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
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new FuzzFolderError(`cannot ${what} '${this.#folder}': ${code}`);
    }
  }
}

const reportName = ({ index, count }: Shard): string => `report-${index + 1}-of-${count}.json`;

function hashOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 16);
}
