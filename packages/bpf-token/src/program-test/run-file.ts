// SPDX-License-Identifier: MIT
import { LoadError, variablesOf, verifierLogOf } from "@bpf-token/loader";
import { linkProgram, type ObjectSpec, parseObject } from "@bpf-token/object";
import type { Position } from "@bpf-token/scenario";
import { BpfError, type Kernel, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import { gapOf } from "../verify/gap.js";
import { contextBytes } from "./context.js";
import type { LineCoverage } from "./coverage.js";
import { runProblems, verifiedProblems } from "./expectations.js";
import {
  type Place,
  problemAt,
  type TestCase,
  type TestFile,
  type TestProblem,
  type TestStep,
} from "./file/file.js";
import { loadForTest, type TestLoadOptions } from "./load.js";
import { unknownText } from "./names.js";
import { hasOwnSubsystem } from "./own-subsystem.js";
import { CannotRunError, runsWithoutInput } from "./runnable.js";
import { eventProblems, programOf, setState, stateProblems } from "./state.js";
import type { TestObject, TestRun } from "./test-object.js";
import { toValue, typeOf, ValueError } from "./values.js";

/** The result of one test on one kernel, and the place of the test in its file. */
export interface TestResult extends Position {
  readonly name: string;
  /** `unmodelled` if the kernel does not have what the program needs: it did not finish. */
  readonly outcome: "passed" | "failed" | "unmodelled";
  /** What was not as expected, with the place of the expectation. */
  readonly problems: readonly TestProblem[];
  /** How many instructions ran, if they are counted. */
  readonly instructions: number | undefined;
}

/** What {@link runTestFile} yields. */
export type TestEvent =
  | { readonly started: string }
  | { readonly result: TestResult }
  | {
      /** The lines of one test, for {@link mergeCoverage}; after the first test only those that ran. */
      readonly coverage: readonly LineCoverage[];
    };

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
 * before it runs, its result, and its coverage if lines are counted.
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
  const counted = file.tests.some(({ steps }) =>
    steps.some(({ expect }) => expect.instructions !== undefined),
  );
  const count = coverage || (counted && hasOwnSubsystem(kernel));
  const { object, refused } = loadAccepted(bytes, file, {
    ...{ kernel, name, coverage: count },
    ...(file.seed !== undefined && { seed: file.seed }),
    ...(file.delegation !== undefined && { delegation: file.delegation }),
    ...(file.capabilities !== undefined && { capabilities: file.capabilities }),
  });
  let isFirst = true;
  try {
    for (const [i, test] of file.tests.entries()) {
      if (only !== undefined && !only.includes(i)) continue;
      yield { started: test.name };
      yield { result: refusedResult(test, refused) ?? runTest(object, test) };
      // After each test, because the next one may not end and take the counts with its thread.
      const lines = coverage && !kernel.closed ? coverageOf(object) : [];
      if (lines.length > 0)
        yield { coverage: isFirst ? lines : lines.filter(({ ran }) => ran > 0) };
      isFirst &&= lines.length === 0;
      object.reset();
    }
  } finally {
    object.close();
  }
}

/** Why the kernel refused programs, by their names. */
type Refused = ReadonlyMap<string, string>;

/** Loads the programs of a file, without those that the kernel refuses. */
function loadAccepted(
  bytes: Uint8Array,
  file: TestFile,
  options: Omit<TestLoadOptions, "programs" | "variables">,
): { readonly object: TestObject; readonly refused: Refused } {
  const parsed = parseObject(bytes, { name: options.name ?? "object" });
  for (const program of file.programs ?? [])
    located(program, () => assertProgram(parsed, program.value));
  const wanted =
    file.programs?.map(({ value }) => value) ?? calledPrograms(parsed, usedPrograms(file));
  const refused = new Map<string, string>();
  const variables = { ...initialValues(parsed, file) };
  for (;;) {
    const programs = wanted.filter((program) => !refused.has(program));
    try {
      return { object: loadForTest(bytes, { ...options, variables, programs }), refused };
    } catch (error) {
      const isOne = error instanceof LoadError && error.phase === "program";
      const isGap = isOne && gapOf(error) !== undefined;
      if (!isOne || isGap || error.subject === undefined || refused.has(error.subject)) throw error;
      refused.set(error.subject, notLoadedText(error, parsed));
    }
  }
}

/** Programs of an object, and those that their program arrays have from the start. */
function calledPrograms(object: ObjectSpec, names: readonly string[]): readonly string[] {
  const all = new Set(names);
  const found: string[] = [];
  for (const name of all) {
    const program = object.programs.find((one) => one.name === name);
    if (program === undefined) continue;
    found.push(name);
    for (const relocation of linkProgram(object, program).relocations) {
      if (relocation.kind !== "map") continue;
      const map = object.maps.find((one) => one.name === relocation.map);
      for (const slot of map?.values ?? []) if (slot.program !== undefined) all.add(slot.program);
    }
  }
  return found;
}

/** The programs that tests run, and those that they put into program arrays. */
function usedPrograms({ tests }: TestFile): readonly string[] {
  const steps = tests.flatMap((test) => test.steps);
  const elements = steps.flatMap(({ set }) => [...set.maps.values()].flatMap(({ value }) => value));
  const used = [
    ...steps.map(({ program }) => program?.value),
    ...elements.map(({ value }) => programOf(value.value)),
  ];
  return [...new Set(used.flatMap((program) => program ?? []))];
}

/** The result of a test whose program was refused. */
function refusedResult(test: TestCase, refused: Refused): TestResult | undefined {
  for (const { program } of test.steps) {
    const why = refused.get(program?.value ?? "");
    if (program === undefined || why === undefined) continue;
    const text = `the kernel refused ${program.value}: ${why}; see 'bpf-token verify OBJECT --program ${program.value}'`;
    return resultOf(test, "failed", [problemAt(program, text)]);
  }
  return undefined;
}

/** The values of a file for the variables of its object, at the load. */
function initialValues(parsed: ObjectSpec, { variables = new Map() }: TestFile): object {
  const { specs } = variablesOf(parsed);
  const names = specs.map((one) => one.name);
  return Object.fromEntries(
    Array.from(variables, ([name, { value, ...at }]) =>
      located(at, () => {
        const spec = specs.find((one) => one.name === name);
        if (spec === undefined) throw new ValueError(unknownText("variable", name, names));
        return [name, toValue(value, typeOf(parsed.btf, spec.typeId, spec.size), name)];
      }),
    ),
  );
}

/** Adds the place of what is checked to the error of the check. */
function located<T>(at: Position, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof ValueError) error.at = at;
    throw error;
  }
}

function coverageOf(object: TestObject): readonly LineCoverage[] {
  try {
    return object.coverage();
  } catch (error) {
    if (error instanceof KernelLostError) return [];
    throw error;
  }
}

/** The result of a test. */
export function resultOf(
  { name, line, column }: TestCase,
  outcome: TestResult["outcome"],
  problems: readonly TestProblem[],
  instructions?: number,
): TestResult {
  return { ...{ name, line, column, outcome, problems }, instructions };
}

function runTest(object: TestObject, test: TestCase): TestResult {
  const problems: TestProblem[] = [];
  let instructions: number | undefined;
  let outcome: TestResult["outcome"] | undefined;
  let time: bigint | undefined;
  for (const step of test.steps) {
    const place: Place = { at: step.program ?? step };
    time = step.time ?? time;
    try {
      object.setClock(time);
      place.at = step;
      const run = runStep(object, step, problems, place);
      if (run?.instructions !== undefined) instructions = (instructions ?? 0) + run.instructions;
    } catch (error) {
      const isGap =
        error instanceof CannotRunError ||
        error instanceof NotModelledError ||
        error instanceof KernelLostError;
      if (!isGap && !BpfError.is(error) && !(error instanceof ValueError) && !isRange(error))
        throw error;
      problems.push(problemAt(place.at, (error as Error).message));
      outcome = isGap ? "unmodelled" : "failed";
    }
    if (problems.length > 0) break;
  }
  outcome ??= problems.length > 0 ? "failed" : "passed";
  return resultOf(test, outcome, problems, instructions);
}

const isRange = (error: unknown): boolean =>
  error instanceof RangeError || error instanceof TypeError;

function runStep(
  object: TestObject,
  step: TestStep,
  problems: TestProblem[],
  place: Place,
): TestRun | undefined {
  setState(object, step.set, place);
  place.at = step.program ?? step;
  const { packet, repeat, expect } = step;
  const program = step.program?.value;
  let run: TestRun | undefined;
  if (program !== undefined) assertProgram(object.object, program);
  if (program !== undefined && isOnlyVerified(object, program, step))
    problems.push(...verifiedProblems(object, program, expect));
  else if (program !== undefined) {
    place.at = step.context ?? place.at;
    const context = contextBytes(object, program, step.context?.value, packet);
    place.at = step.program ?? step;
    const input = {
      ...(packet && { packet }),
      ...(context && { context }),
      ...(repeat !== undefined && { repeat }),
    };
    run = object.run(program, input);
    for (const problem of runProblems(object, program, step, run, place)) problems.push(problem);
  }
  for (const problem of stateProblems(object, expect, place)) problems.push(problem);
  for (const problem of eventProblems(object, expect, place)) problems.push(problem);
  return run;
}

/** Whether a step has no key about a run, and the program needs an input for one. */
function isOnlyVerified(object: TestObject, program: string, step: TestStep): boolean {
  const { returns, instructions, verified, packet, context, ...state } = step.expect;
  const ofRun = [step.packet, step.context, step.repeat, step.time, returns, instructions];
  const compares = Object.values(state).some(({ size }) => size > 0);
  if (verified === undefined || compares) return false;
  if ([...ofRun, packet, context].some((key) => key !== undefined)) return false;
  return !runsWithoutInput(object.collection.program(program).spec.type);
}

function assertProgram(object: ObjectSpec, name: string): void {
  const names = object.programs.map((program) => program.name);
  if (!names.includes(name)) throw new ValueError(unknownText("program", name, names));
}

/** Why an object was not loaded, in one line. */
export function notLoadedText(error: LoadError, object: ObjectSpec): string {
  const message = verifierLogOf(error, object)?.message.split("\n", 1)[0] ?? "";
  const text = error.message.split("\n", 1)[0] ?? "";
  return message === "" ? text : `${text}: ${message.replace(/\.$/, "")}`;
}
