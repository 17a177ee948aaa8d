// SPDX-License-Identifier: MIT
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { formatProblem, ScenarioError } from "@bpf-token/scenario";
import { readTestFile, type TestFile } from "../../../program-test/index.js";
import { readInputFile } from "../../input/files.js";
import { UsageError } from "../../usage.js";

/** A file of tests with its object. */
export interface ReadTests {
  readonly path: string;
  readonly file: TestFile;
  readonly object: Uint8Array;
}

/** Maximum size of a file that a packet names. */
const MOST = 64 << 20;
const MOST_PROBLEMS = 10;

/**
 * Reads files of tests and their objects.
 *
 * @param only - a part of the names of the tests to keep.
 * @throws UsageError with the problems of a file, for a file that cannot be read, and if no test is left.
 */
export async function readTests(
  paths: readonly string[],
  only: string | undefined,
): Promise<readonly ReadTests[]> {
  const all: ReadTests[] = [];
  for (const path of paths) {
    const input = await readInputFile(path);
    if (input.subarray(0, 4).toString("latin1") === "\u007fELF")
      throw new UsageError(`test: '${path}' is a BPF object; give the YAML file of its tests`);
    const text = input.toString("utf8");
    const file = parse(text, path);
    const tests = file.tests.filter(({ name }) => only === undefined || name.includes(only));
    if (tests.length === 0) continue;
    const object = new Uint8Array(await readInputFile(resolve(dirname(path), file.object)));
    all.push({ path, file: { ...file, tests }, object });
  }
  if (all.length > 0) return all;
  if (only === undefined) throw new UsageError("test: the files have no tests");
  throw new UsageError(`test: no test has a name with '${only}'`);
}

function parse(text: string, path: string): TestFile {
  const known = new Map<string, Uint8Array>();
  const read = (name: string): Uint8Array => {
    const bytes = known.get(name) ?? readRegular(resolve(dirname(path), name));
    known.set(name, bytes);
    return bytes;
  };
  try {
    return readTestFile(text, path, read);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const [first = "", ...more] = error.all
      .slice(0, MOST_PROBLEMS)
      .map((problem) => formatProblem(problem, path));
    throw new UsageError(first, "", more);
  }
}

/** Reads a regular file. Opening a FIFO would wait, and a device may never end. */
export function readRegular(path: string): Uint8Array {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error("is no regular file");
    if (stat.size > MOST) throw new Error(`has more than ${MOST >> 20} MiB`);
    return new Uint8Array(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}
