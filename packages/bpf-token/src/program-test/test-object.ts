// SPDX-License-Identifier: MIT
import { BpfTask } from "@bpf-token/kernel-bpf";
import {
  type BpfMap,
  type Collection,
  eventCodec,
  type Program,
  type TestInput,
  type TestResult,
} from "@bpf-token/loader";
import type { ObjectSpec, Value } from "@bpf-token/object";
import {
  BpfError,
  type Kernel,
  KernelLostError,
  NotModelledError,
  SafetyError,
  type Snapshot,
} from "@bpf-token/syscall";
import { MapType } from "@bpf-token/uapi";
import { actionName } from "./actions.js";
import { contextBytes } from "./context.js";
import { type LineCoverage, lineCoverage } from "./coverage.js";
import { nowhere } from "./file/file.js";
import { type ExpectedState, expectedOf, stateOf, type TestState } from "./file/test-state.js";
import { mapNamed, programNamed } from "./names.js";
import { hasOwnSubsystem, ownSubsystem } from "./own-subsystem.js";
import { shortPacketText } from "./packet/short-packet.js";
import { refusedContextText } from "./refused-context.js";
import { assertRunnable, CannotRunError, unsafeText } from "./runnable.js";
import { eventProblems, setState, stateProblems } from "./state.js";
import type { Plain } from "./values.js";

/** What a run of a program returned. */
export interface TestRun {
  /** The return value, as an unsigned 32-bit number. */
  readonly returned: number;
  /** The name of the return value, if the program type has one: `XDP_DROP`. */
  readonly action: string | undefined;
  /** The packet after the run; empty if none was given. */
  readonly packet: Uint8Array;
  /** The context after the run; empty if none was given. */
  readonly context: Uint8Array;
  /** How many instructions ran; undefined unless they are counted. */
  readonly instructions: number | undefined;
}

/** The packet or the context of a run. */
export interface TestRunInput extends Pick<TestInput, "repeat" | "flags"> {
  /** For XDP, tc and socket filters: an Ethernet frame. See {@link packet}. */
  readonly packet?: Uint8Array;
  /** Bytes, or members of the struct that the program type has: `{ mark: 5 }`. */
  readonly context?: Uint8Array | Plain;
}

/**
 * An object that is loaded on a kernel, for tests of its programs. {@link loadForTest} creates it.
 *
 * @example
 * ```ts
 * using object = loadForTest(bytes, { kernel: createBpfKernel(readBpfKernel("7.3")) });
 * const { action } = object.run("drop", { packet: packet([{ eth: {} }, { ipv4: {} }]) });
 * ```
 */
export class TestObject implements Disposable {
  readonly #kernel: Kernel;
  /** The parsed object. */
  readonly object: ObjectSpec;
  readonly #load: () => Collection;
  readonly #loaded: Snapshot | undefined;
  #collection: Collection;

  /** @internal Use {@link loadForTest}. */
  constructor(kernel: Kernel, object: ObjectSpec, load: () => Collection) {
    this.#kernel = kernel;
    this.object = object;
    this.#load = load;
    this.#collection = load();
    this.#loaded = hasOwnSubsystem(kernel) ? kernel.snapshot?.() : undefined;
  }

  /** The kernel, which {@link TestObject.close} closes. */
  get kernel(): Kernel {
    return this.#kernel;
  }

  /** The loaded programs, maps and variables. */
  get collection(): Collection {
    return this.#collection;
  }

  /** The global variables of the programs. */
  get variables(): Collection["variables"] {
    return this.#collection.variables;
  }

  /**
   * Runs a program once, with BPF_PROG_TEST_RUN.
   *
   * @throws RangeError for a program that is not loaded, and for a packet that is too short; BpfError if
   *   the kernel refuses; CannotRunError for a program type that a test cannot run, and if the program
   *   needs what the kernel does not have.
   */
  run(program: string, input: TestRunInput = {}): TestRun {
    const { packet: data, context: given, ...rest } = input;
    if (data !== undefined && !(data instanceof Uint8Array))
      throw new TypeError("run: packet must be bytes; packet([...]) returns them for headers");
    const found = programNamed(this, program);
    assertRunnable(found.spec, input);
    const context = contextBytes(this, program, given, data);
    const before = this.#instructions();
    const result = this.#testRun(found, {
      ...{ contextOut: true, ...rest },
      ...(data && { data }),
      ...(context && { context }),
    });
    const after = this.#instructions();
    return {
      returned: result.retval,
      action: actionName(found.spec.type, result.retval),
      packet: result.data.slice(),
      context: result.context.slice(),
      instructions: before === undefined || after === undefined ? undefined : after - before,
    };
  }

  #testRun(program: Program, input: TestInput): TestResult {
    try {
      return program.testRun(input);
    } catch (error) {
      const text = BpfError.is(error) ? this.#refusedText(program, input, error) : undefined;
      if (text !== undefined) throw new RangeError(`the kernel refused the run: ${text}`);
      if (error instanceof SafetyError) throw new CannotRunError(unsafeText(program.name));
      if (!(error instanceof NotModelledError)) throw error;
      const why = `${this.kernel.backend} does not have the kernel's function ${error.what}, which ${program.name} needs`;
      throw new CannotRunError(why, error.what);
    }
  }

  #refusedText({ name, spec }: Program, input: TestInput, error: BpfError): string | undefined {
    const short = error.code === "EINVAL" ? shortPacketText(spec.type, input.data) : undefined;
    return short ?? refusedContextText(this, name, input.context, error);
  }

  /**
   * Returns how many instructions the verifier processed for a program, each once per path. Each
   * release of Linux has its own number. The verifier refuses a program with more than a million.
   *
   * @throws RangeError for a program that is not loaded.
   */
  verifiedInstructions(program: string): number {
    return programNamed(this, program).info().verified_insns;
  }

  /** Returns a map by name. Throws RangeError for an unknown name. */
  map<K = Value, V = Value>(name: string): BpfMap<K, V> {
    return mapNamed(this, name) as BpfMap<K, V>;
  }

  /**
   * Sets elements of maps and variables.
   *
   * @throws ValueError for a value that does not fit its type; RangeError for an unknown name;
   *   BpfError if the kernel refuses.
   * @example
   * ```ts
   * object.set({ maps: { blocked: { "10.0.0.1": 1 }, next: { 0: { program: "second" } } } });
   * ```
   */
  set(state: TestState): void {
    setState(this, stateOf(state), { at: nowhere });
  }

  /**
   * Compares maps, variables and events with what a test expects. Takes the events out of the ring
   * buffers that it compares.
   *
   * @returns a text for each mismatch; empty if there is none.
   * @throws as {@link TestObject.set}.
   * @example
   * ```ts
   * object.differences({ maps: { total: { 0: 2 } } }); // ["total[0] is 1, expected 2"]
   * ```
   */
  differences(state: ExpectedState): readonly string[] {
    const expected = expectedOf(state);
    const place = { at: nowhere };
    const problems = [
      ...stateProblems(this, expected, place),
      ...eventProblems(this, expected, place),
    ];
    return problems.map(({ text }) => text);
  }

  /**
   * Takes the events out of a ring buffer.
   *
   * @param type - a struct of the object; without it, events are bytes.
   * @throws RangeError for an unknown map or type, and for another map type; CannotRunError for a perf
   *   event array, and on other kernels than Linux's own BPF subsystem.
   */
  events<T = Value>(name: string, type?: string): readonly T[] {
    const map = this.map(name);
    if (map.spec.type === MapType.PERF_EVENT_ARRAY)
      throw new CannotRunError(`map ${name} is a perf event array; a test reads ring buffers only`);
    if (map.spec.type !== MapType.RINGBUF) throw new RangeError(`map ${name} is not a ring buffer`);
    if (!(map.task instanceof BpfTask))
      throw new CannotRunError(`a test reads no events on ${this.kernel.backend}`);
    const records = map.task.takeRecords(map.fd.fd, map.spec.maxEntries);
    if (type === undefined) return records as unknown as readonly T[];
    const codec = eventCodec<T>(this.object, type);
    return records.map((bytes) => codec.decode(bytes));
  }

  /**
   * Returns how often each source line ran since the load or the last {@link TestObject.reset}.
   * Empty if lines are not counted, and without line information in the object (`clang -g`).
   */
  coverage(): readonly LineCoverage[] {
    return lineCoverage(this.object, (name) => this.#counts(name));
  }

  /**
   * Names what ran since the load or the last {@link TestObject.reset}: each instruction, and each way
   * of each conditional jump. Empty if instructions are not counted.
   */
  ways(): readonly string[] {
    const ways: string[] = [];
    for (const name of this.#collection.programs.keys()) {
      const { ran = [], jumped = [] } = this.#counts(name) ?? {};
      for (const [i, count] of ran.entries()) {
        if (count > 0) ways.push(`${name} ${i}`);
        const jumps = jumped[i] ?? 0;
        if (jumps > 0) ways.push(`${name} ${i} ${jumps < count ? "both" : "jumped"}`);
      }
    }
    return ways;
  }

  /** Restores the state right after the load: maps, variables, events and random numbers. */
  reset(): void {
    if (this.#loaded !== undefined) this.kernel.restore?.(this.#loaded);
    else {
      this.#collection.close();
      this.#collection = this.#load();
    }
  }

  /**
   * Stops the clocks of the kernel; `bpf_ktime_get_ns` returns the time. Undefined lets them run.
   *
   * @throws CannotRunError for a time on other kernels than Linux's own BPF subsystem.
   */
  setClock(nanoseconds: bigint | undefined): void {
    if (nanoseconds === undefined && !hasOwnSubsystem(this.kernel)) return;
    ownSubsystem(this.kernel, "clock that a test can set").setClock(nanoseconds);
  }

  #counts(name: string): ReturnType<BpfTask["instructionCounts"]> {
    const program = this.#collection.programs.get(name);
    const task = program?.task;
    return task instanceof BpfTask && program !== undefined
      ? task.instructionCounts(program.fd.fd)
      : undefined;
  }

  /** Of all programs, because one may call another. */
  #instructions(): number | undefined {
    const counts = [...this.#collection.programs.keys()].map((name) => this.#counts(name));
    if (counts.includes(undefined)) return undefined;
    return counts.reduce((all, one) => all + (one?.ran.reduce((sum, n) => sum + n, 0) ?? 0), 0);
  }

  /** Closes the object and the kernel. */
  close(): void {
    try {
      if (!this.kernel.closed) this.#collection.close();
    } catch (error) {
      // A kernel that a run lost has no file descriptors to close.
      if (!(error instanceof KernelLostError)) throw error;
    }
    this.kernel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
