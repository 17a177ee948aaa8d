// SPDX-License-Identifier: MIT
import {
  type BpfKernelOptions,
  createBpfKernel,
  type LimitedWorker,
  TimeLimitError,
} from "@bpf-token/kernel-bpf";
import {
  Collection,
  LoadError,
  type TestInput,
  type TestResult,
  verifierLogOf,
} from "@bpf-token/loader";
import { Btf, type ObjectSpec, parseObject } from "@bpf-token/object";
import { BpfError, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import { type MapContents, readMaps } from "./maps.js";

/** What {@link testRunInWorker} runs. */
export interface TestRunRequest {
  /** The kernel to boot in the thread; `readBpfKernel` returns it. */
  readonly kernel: BpfKernelOptions;
  /** The compiled object. */
  readonly object: Uint8Array;
  /** The name of the object in errors. Default: `object`. */
  readonly name?: string;
  /** The program to run. */
  readonly program: string;
  readonly input: TestInput;
}

/** What a test run returned. */
export interface TestRunOutcome {
  /**
   * `refused` if the kernel refused to load or to run the program; `unmodelled` if the module does
   * not have a function that it needs; `unfinished` if it did not end within the time limit.
   */
  readonly verdict: "ran" | "refused" | "unmodelled" | "unfinished";
  /** Why the program did not run; empty if it ran. */
  readonly reason: string;
  /** The return value, the packet and the context; null if the program did not run. */
  readonly result: TestResult | null;
  /** The maps after the run that programs can write; empty if the program did not run. */
  readonly maps: readonly MapContents[];
}

/**
 * Answers the requests of {@link testRunInWorker} in a thread: boots the kernel, and yields `loaded`
 * before it runs the program, then the outcome.
 *
 * @example
 * ```ts
 * serveRequests(self, testRunRequest); // the module of a browser's worker
 * ```
 */
export function* testRunRequest(
  request: TestRunRequest,
): Generator<"loaded" | TestRunOutcome, void, void> {
  const { object, name = "object", program, input } = request;
  const kernel = createBpfKernel(request.kernel);
  const outcome = (verdict: TestRunOutcome["verdict"], reason: string): TestRunOutcome => {
    return { verdict, reason, result: null, maps: [] };
  };
  const spec = parseObject(object, { name });
  try {
    const collection = Collection.load(kernel.init, spec, {
      token: "never",
      programs: (one) => one.name === program,
      kernelBtf: Btf.parse(kernel.btf),
      kconfig: kernel.config,
      env: {},
    });
    yield "loaded";
    const { retval, data, context, duration } = collection.program(program).testRun(input);
    const result = { retval, data: data.slice(), context: context.slice(), duration };
    yield { verdict: "ran", reason: "", result, maps: readMaps(collection) };
  } catch (error) {
    if (error instanceof LoadError) yield outcome("refused", notLoaded(error, spec));
    else if (error instanceof BpfError) yield outcome("refused", error.message);
    else if (error instanceof NotModelledError || error instanceof KernelLostError)
      yield outcome("unmodelled", error.message);
    else throw error;
  } finally {
    kernel.close();
  }
}

/**
 * Loads a program on Linux's own BPF subsystem and runs it once on a packet or a context, with
 * BPF_PROG_TEST_RUN and the kernel's interpreter. XDP, tc, socket filters and `syscall` programs are
 * the usual ones.
 *
 * @param worker - a worker whose thread serves {@link testRunRequest}.
 * @throws RangeError for a program that the object does not have.
 * @example
 * ```ts
 * const { result } = await testRunInWorker(worker, { kernel, object, program: "drop", input: { data } });
 * console.log(result?.retval); // 1: XDP_DROP
 * ```
 */
export async function testRunInWorker(
  worker: LimitedWorker,
  request: TestRunRequest,
): Promise<TestRunOutcome> {
  const { object, name = "object", program } = request;
  if (!parseObject(object, { name }).programs.some((one) => one.name === program))
    throw new RangeError(`the object has no program '${program}'`);
  let outcome: TestRunOutcome = { verdict: "unfinished", reason: "", result: null, maps: [] };
  let loaded = false;
  try {
    for await (const step of worker.run(request)) {
      if (step === "loaded") loaded = true;
      else outcome = step as TestRunOutcome;
    }
    return outcome;
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    const what = loaded ? "the program" : "the load of the program";
    return { ...outcome, reason: `${what} did not end within ${error.limit / 1000} s` };
  }
}

/** The error, and the verifier's message if there is one. */
function notLoaded(error: LoadError, object: ObjectSpec): string {
  const message = verifierLogOf(error, object)?.message.split("\n", 1)[0] ?? "";
  const text = `the program was not loaded: ${error.message.split("\n", 1)[0]}`;
  return message === "" ? text : `${text}: ${message}`;
}
