// SPDX-License-Identifier: MIT
import { type LoadError, verifierLogOf } from "@bpf-token/loader";
import { BpfError, type Kernel, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import { type LineCoverage, mergeCoverage } from "./coverage.js";
import { eventProblems, runProblems, stateProblems, type TestProblem } from "./expectations.js";
import type { StateOf, TestCase, TestFile, TestStep } from "./file.js";
import { hasOwnSubsystem, loadForTest, type TestObject, type TestRun } from "./load.js";
import { shortPacketText } from "./short-packet.js";
import { fitValue, isList, type Plain, shapeOf, showValue, ValueError } from "./values.js";

/** The result of one test on one kernel. */
export interface TestResult {
  readonly name: string;
  /** The line of the test in its file. */
  readonly line: number;
  /** `unmodelled` if the kernel does not have what the program needs: it did not finish. */
  readonly outcome: "passed" | "failed" | "unmodelled";
  /** What was not as expected, with the line of the expectation. */
  readonly problems: readonly TestProblem[];
  /** How many instructions ran, if they are counted. */
  readonly instructions: number | undefined;
}

/** What {@link runTestFile} yields. */
export type TestEvent =
  | { readonly started: string }
  | { readonly result: TestResult }
  | { readonly coverage: readonly LineCoverage[] };

/** Options of {@link runTestFile}. */
export interface RunFileOptions {
  /** A kernel that nothing else uses; it is closed. */
  readonly kernel: Kernel;
  readonly object: Uint8Array;
  /** The name of the object in errors. */
  readonly name: string;
  readonly coverage?: boolean;
  /** The tests to run, by their number in the file. Default: all. */
  readonly only?: readonly number[];
}

/**
 * Runs the tests of a file on a kernel, each on a freshly loaded object. Yields the name of each test
 * before it runs, and its result.
 *
 * @example
 * ```ts
 * const file = readTestFile(text, "filter.test.yaml", readFileSync);
 * for (const event of runTestFile(file, { kernel, object, name: "filter.bpf.o" }))
 *   if ("result" in event) console.log(event.result.name, event.result.outcome);
 * ```
 * @throws LoadError if the kernel refuses the object; ValueError for variables of the file that do not
 *   fit; and as {@link loadForTest}.
 */
export function* runTestFile(file: TestFile, options: RunFileOptions): Generator<TestEvent> {
  const { kernel, object: bytes, name, coverage = false, only } = options;
  const programs = file.programs ?? [
    ...new Set(file.tests.flatMap(({ steps }) => steps.flatMap(({ program }) => program ?? []))),
  ];
  const counted = file.tests.some(({ steps }) =>
    steps.some(({ expect }) => expect.instructions !== undefined),
  );
  const count = coverage || (counted && hasOwnSubsystem(kernel));
  const object = loadForTest(bytes, {
    ...{ kernel, name, coverage: count, programs },
    ...(file.seed !== undefined && { seed: file.seed }),
    ...(file.variables && {
      variables: Object.fromEntries(
        Array.from(file.variables, ([variable, { value }]) => [variable, native(value)]),
      ),
    }),
  });
  const lines: (readonly LineCoverage[])[] = [];
  try {
    for (const [i, test] of file.tests.entries()) {
      if (only !== undefined && !only.includes(i)) continue;
      yield { started: test.name };
      yield { result: runTest(object, test) };
      if (coverage && !kernel.closed) lines.push(coverageOf(object));
      object.reset();
    }
    if (coverage) yield { coverage: mergeCoverage(lines) };
  } finally {
    object.close();
  }
}

/** Loading converts values itself, so only texts of numbers and bytes change. */
function native(value: Plain): unknown {
  if (typeof value !== "string") return value;
  return /^(0x[0-9a-f]+|-?\d+)$/i.test(value) ? BigInt(value) : value;
}

function coverageOf(object: TestObject): readonly LineCoverage[] {
  try {
    return object.coverage();
  } catch (error) {
    if (error instanceof KernelLostError) return [];
    throw error;
  }
}

function runTest(object: TestObject, test: TestCase): TestResult {
  const problems: TestProblem[] = [];
  let instructions: number | undefined;
  let outcome: TestResult["outcome"] | undefined;
  for (const step of test.steps) {
    try {
      const run = runStep(object, step, problems);
      if (run?.instructions !== undefined) instructions = (instructions ?? 0) + run.instructions;
    } catch (error) {
      const isGap = error instanceof NotModelledError || error instanceof KernelLostError;
      if (!isGap && !BpfError.is(error) && !(error instanceof ValueError) && !isRange(error))
        throw error;
      problems.push({ line: step.line, text: (error as Error).message + why(object, step, error) });
      outcome = isGap ? "unmodelled" : "failed";
    }
    if (problems.length > 0) break;
  }
  outcome ??= problems.length > 0 ? "failed" : "passed";
  return { name: test.name, line: test.line, outcome, problems, instructions };
}

/** Why the kernel refused a run, if the packet shows it. */
function why(object: TestObject, { program = "", packet }: TestStep, error: unknown): string {
  const type = object.collection.programs.get(program)?.spec.type;
  const isRefused =
    BpfError.is(error) && error.cmd === "BPF_PROG_TEST_RUN" && error.code === "EINVAL";
  const text = isRefused && type !== undefined ? shortPacketText(type, packet) : undefined;
  return text === undefined ? "" : `: ${text}`;
}

const isRange = (error: unknown): boolean =>
  error instanceof RangeError || error instanceof TypeError;

function runStep(object: TestObject, step: TestStep, problems: TestProblem[]): TestRun | undefined {
  setState(object, step.set);
  const { program, packet, context, repeat, time, expect } = step;
  let run: TestRun | undefined;
  if (program !== undefined) {
    const input = {
      ...(packet && { packet }),
      ...(context && { context }),
      ...(repeat !== undefined && { repeat }),
    };
    object.setClock(time);
    run = object.run(program, input);
    problems.push(...runProblems(object, step, run));
  }
  problems.push(...stateProblems(object, expect), ...eventProblems(object, expect));
  return run;
}

function setState(object: TestObject, { maps, variables }: StateOf): void {
  for (const [name, { value: elements }] of maps) {
    const map = object.map(name);
    const { keyTypeId, keySize, valueTypeId, valueSize } = map.spec;
    const { btf } = object.object;
    const keys = shapeOf(btf, keyTypeId, keySize);
    const values = shapeOf(btf, valueTypeId, valueSize);
    for (const { key, value } of elements) {
      if (map.spec.keySize === 0) map.push(fitValue(value, values, name));
      else if (value === null) map.delete(fitValue(key, keys, `${name}: the key`));
      else {
        const at = fitValue(key, keys, `${name}: the key`);
        map.set(at, slotOf(object, value) ?? fitValue(value, values, `${name}[${showValue(at)}]`));
      }
    }
  }
  for (const [name, { value }] of variables)
    object.variables.set(name, fitValue(value, object.variables.get(name), name));
}

/** `{ program: NAME }` and `{ map: NAME }` are elements of program arrays and of maps of maps. */
function slotOf(object: TestObject, value: Plain): number | undefined {
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  const { program, map } = value as Readonly<Record<string, Plain>>;
  if (typeof program === "string") return object.collection.program(program).fd.fd;
  return typeof map === "string" ? object.collection.map(map).fd.fd : undefined;
}

/** Why an object was not loaded, in one line. */
export function notLoadedText(error: LoadError, object: TestObject["object"]): string {
  const message = verifierLogOf(error, object)?.message.split("\n", 1)[0] ?? "";
  const text = error.message.split("\n", 1)[0] ?? "";
  return message === "" ? text : `${text}: ${message}`;
}
