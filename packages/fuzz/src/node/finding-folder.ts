// SPDX-License-Identifier: MIT
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type FindingRecord, findingNames } from "../findings/record.js";
import { maxInput } from "../machine/machine.js";
import { FuzzFolderError, readRegular } from "./folder.js";

/** The input of a finding, and its record if it was read from a folder. */
export interface FoundFinding {
  readonly input: Uint8Array;
  readonly record?: FindingRecord;
}

/**
 * Reads the folder of a finding, or a file of input bytes.
 *
 * @throws FuzzFolderError if it cannot be read, or if it is neither.
 * @example
 * ```ts
 * const { input, record } = readFinding("fuzz-findings/finding-0123456789abcdef");
 * ```
 */
export function readFinding(place: string): FoundFinding {
  const isFolder = kindOf(place).isDirectory();
  const file = isFolder ? join(place, findingNames.input) : place;
  const input = Uint8Array.from(read(file));
  if (input.length > maxInput) {
    const why = `${file} has ${input.length} bytes; an input has at most ${maxInput}`;
    throw new FuzzFolderError(why);
  }
  return isFolder ? { input, record: recordIn(place) } : { input };
}

/**
 * Returns the folder of a finding if a scenario file in it only shows calls, and only bytes reproduce it.
 *
 * @example
 * ```ts
 * onlyBytesReproduce("fuzz-findings/finding-0123456789abcdef/sequence.yaml");
 * ```
 */
export function onlyBytesReproduce(scenario: string): string | undefined {
  if (basename(scenario) !== findingNames.sequence) return undefined;
  const folder = dirname(scenario);
  if (!existsSync(join(folder, findingNames.record))) return undefined;
  return recordIn(folder).reproducedBy === "bytes" ? folder : undefined;
}

function kindOf(place: string): { isDirectory(): boolean } {
  try {
    return statSync(place);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new FuzzFolderError(`cannot read '${place}': ${code}`);
  }
}

function read(file: string): Buffer {
  try {
    return readRegular(file);
  } catch (cause) {
    if (cause instanceof FuzzFolderError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new FuzzFolderError(`cannot read '${file}': ${code}`);
  }
}

function recordIn(folder: string): FindingRecord {
  const file = join(folder, findingNames.record);
  const wrong = (why: string): FuzzFolderError =>
    new FuzzFolderError(`'${file}' is not the record of a finding: ${why}`);
  let value: Partial<Record<keyof FindingRecord, unknown>> | null;
  try {
    value = JSON.parse(read(file).toString()) as typeof value;
  } catch (cause) {
    if (cause instanceof FuzzFolderError) throw cause;
    throw wrong((cause as Error).message);
  }
  if (value?.format !== 1) throw wrong("its format is not 1");
  const { subjects } = value;
  if (!Array.isArray(subjects) || !subjects.every((name) => typeof name === "string")) {
    throw wrong("its field 'subjects' is not a list of names");
  }
  return value as unknown as FindingRecord;
}
