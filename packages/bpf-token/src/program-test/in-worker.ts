// SPDX-License-Identifier: MIT
import {
  type BpfKernelOptions,
  createBpfKernel,
  type LimitedWorker,
  TimeLimitError,
} from "@bpf-token/kernel-bpf";
import { LoadError } from "@bpf-token/loader";
import { ObjectFormatError, parseObject } from "@bpf-token/object";
import type { Position } from "@bpf-token/scenario";
import { BpfError, type Kernel, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import { gapOf } from "../verify/gap.js";
import { problemAt, type TestCase, type TestFile } from "./file/file.js";
import {
  notLoadedText,
  type RunFileOptions,
  resultOf,
  runTestFile,
  type TestEvent,
} from "./run-file.js";
import { CannotRunError } from "./runnable.js";
import { ValueError } from "./values.js";

/** The object was not loaded, so that no test ran. */
export interface NotLoaded {
  /** Why, in one line. */
  readonly notLoaded: string;
  /** Whether the kernel does not have what the load needs; otherwise it refused. */
  readonly unmodelled: boolean;
  /** The place in the file of what is wrong; absent if the file has none. */
  readonly at?: Position;
}

/** What {@link runTestFileInWorker} runs. */
export interface TestFileRequest extends Omit<RunFileOptions, "kernel"> {
  /** The kernel to boot in the thread; `readBpfKernel` returns it. */
  readonly kernel: BpfKernelOptions;
  readonly tests: TestFile;
}

/**
 * Answers the requests of {@link runTestFileInWorker} in a thread.
 *
 * @example
 * ```ts
 * serveRequests(self, testFileRequest); // the module of a browser's worker
 * ```
 */
export function* testFileRequest(request: TestFileRequest): Generator<TestEvent | NotLoaded> {
  const { kernel, tests, ...options } = request;
  yield* testFileOn(createBpfKernel(kernel), tests, options);
}

/** Runs the tests of a file, like `runTestFile`; a refused load is an event. The kernel is closed. */
export function* testFileOn(
  kernel: Kernel,
  tests: TestFile,
  options: Omit<RunFileOptions, "kernel">,
): Generator<TestEvent | NotLoaded> {
  try {
    yield* runTestFile(tests, { ...options, kernel });
  } catch (error) {
    const gap = error instanceof LoadError ? gapOf(error) : undefined;
    if (gap !== undefined) yield { notLoaded: gap, unmodelled: true };
    else if (error instanceof LoadError) {
      const text = notLoadedText(error, parseObject(options.object, { name: options.name }));
      yield { notLoaded: text, unmodelled: false };
    } else if (isLimit(error)) yield { notLoaded: error.message, unmodelled: true };
    else if (error instanceof ObjectFormatError)
      yield { notLoaded: malformedText(error, options.object), unmodelled: false };
    else if (BpfError.is(error) || isOfFile(error)) {
      const at = error instanceof ValueError ? error.at : undefined;
      yield { notLoaded: error.message, unmodelled: false, ...(at && { at }) };
    } else throw error;
  } finally {
    kernel.close();
  }
}

/** Whether the kernel does not have what the file asks for. */
const isLimit = (error: unknown): error is Error =>
  error instanceof NotModelledError ||
  error instanceof KernelLostError ||
  error instanceof CannotRunError;

/** Whether the file asks for what the object does not have. */
const isOfFile = (error: unknown): error is Error =>
  error instanceof ValueError || error instanceof RangeError || error instanceof TypeError;

/** Why an object cannot be read. Definitions of maps need BTF. */
function malformedText(error: ObjectFormatError, object: Uint8Array): string {
  const isElf = object[0] === 0x7f && object[1] === 0x45;
  if (!isElf) return `it is no compiled BPF object: ${error.message}`;
  return /BTF/.test(error.message) ? `${error.message}; compile it with 'clang -g'` : error.message;
}

/**
 * Runs the tests of a file in a thread. A test that does not end within the limit of the worker
 * failed, and a new thread continues with the next one.
 *
 * @param worker - a worker whose thread serves {@link testFileRequest}.
 * @example
 * ```ts
 * const request = { kernel: readBpfKernel("7.3"), tests: readTestFile(text, name, readFileSync), object, name };
 * for await (const event of runTestFileInWorker(worker, request)) console.log(event);
 * ```
 */
export async function* runTestFileInWorker(
  worker: LimitedWorker,
  request: TestFileRequest,
): AsyncGenerator<TestEvent | NotLoaded, void, void> {
  let left = request.tests.tests.map((_, i) => i);
  let started = "";
  while (left.length > 0) {
    try {
      for await (const event of worker.run({ ...request, only: left })) {
        const step = event as TestEvent | NotLoaded;
        if ("started" in step) started = step.started;
        if ("result" in step) left = left.slice(1);
        yield step;
      }
      return;
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      const [stopped = 0, ...rest] = left;
      const seconds = error.limit / 1000;
      if (started === "") {
        yield { notLoaded: `the load did not end within ${seconds} s`, unmodelled: false };
        return;
      }
      const test = request.tests.tests[stopped] as TestCase;
      const text = `the test did not end within ${seconds} s`;
      left = rest;
      started = "";
      yield { result: resultOf(test, "failed", [problemAt(test, text)]) };
    }
  }
}
