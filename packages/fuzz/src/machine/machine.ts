// SPDX-License-Identifier: MIT
import { ModuleError } from "@bpf-token/kernel-wasm";
import { crashReason, sequenceAbi } from "@bpf-token/kernel-wasm/sdk";
import { type KernelRelease, releaseCode } from "@bpf-token/uapi";
import { type CounterPlace, countsAt, placeOf } from "./counters.js";
import type { Counts } from "./coverage.js";
import { readNote, type SequenceNote } from "./notes.js";

/** Options of a sequence machine. */
export interface SequenceOptions {
  readonly release: KernelRelease;
  /** The value of kernel.unprivileged_bpf_disabled; default 2. */
  readonly unprivilegedBpfDisabled?: 0 | 1 | 2;
  /** Whether the fingerprint includes the refusing check. Only the model names its checks. */
  readonly checks?: boolean;
  /** Whether to omit calls that affect a shared machine: faults, sysctls, LSM answers, other processes. */
  readonly confined?: boolean;
}

/** The result of a sequence. */
export interface SequenceResult {
  /** A hash of every answer and all memory. It is equal on kernels that behave the same. */
  readonly fingerprint: bigint;
  /** The same hash without the direct calls of `token.c` functions at the end. */
  readonly calls: bigint;
  /** A hash of all calls of LSM hooks, with their order, arguments and tokens. */
  readonly hooks: bigint;
  /** A hash of the reference counts and of the numbers of live objects after each call. */
  readonly references: bigint;
  /** The numbers of calls of the setup and of the steps. */
  readonly setupCalls: number;
  readonly stepCalls: number;
  readonly tasks: number;
  /** The numbers of created tokens, and of objects that were created with one. */
  readonly tokens: number;
  readonly uses: number;
  /** 1 + the number of a kind of objects that remain at the end; 0 if none remain. */
  readonly leaked: number;
  /** The number of inodes that failed TOKEN_CREATE calls kept, which is rule TP-22 since 6.19. */
  readonly leftInodes: number;
}

/**
 * A kernel trapped in a sequence, or was stopped in an endless loop. The machine has booted again; earlier
 * images stay valid.
 *
 * @example
 * ```ts
 * try {
 *   machine.runSetup(bytes);
 * } catch (error) {
 *   if (error instanceof SequenceCrash) console.error(error.message);
 * }
 * ```
 */
export class SequenceCrash extends Error {
  override readonly name = "SequenceCrash" as const;
}

/** A snapshot of the whole state of a kernel. */
export type Image = Uint8Array;

interface Exports extends sequenceAbi.SequenceExports {
  readonly memory: WebAssembly.Memory;
  kernel_boot(release: number, unprivileged: number, seed: number, flags: number): number;
  kernel_brk(): number;
  readonly turns_left?: WebAssembly.Global<"i32">;
}

/** The address at which the state begins. Below it is the stack, which is empty between calls. */
const STACK_TOP = sequenceAbi.STACK_SIZE;
const RESULT = sequenceAbi.seqResult;
const PAGE = 65_536;
/**
 * The maximum length of an input in bytes.
 *
 * @example
 * ```ts
 * machine.runSetup(bytes.subarray(0, maxInput));
 * ```
 */
export const maxInput: number = sequenceAbi.INPUT_SIZE;

/**
 * Generates sequences of system calls from bytes and runs them on its own kernel.
 *
 * @example
 * ```ts
 * const machine = new SequenceMachine(module, { release: "6.18" });
 * machine.restore(machine.booted);
 * machine.runSetup(bytes);
 * const { fingerprint } = machine.runSteps(bytes);
 * ```
 */
export class SequenceMachine {
  readonly #module: WebAssembly.Module;
  readonly #options: SequenceOptions;
  readonly #input: number;
  readonly #place: CounterPlace;
  #exports: Exports;
  #memory: Uint8Array;
  #view: DataView;
  #onNote: ((note: SequenceNote) => void) | undefined;
  #words: Uint32Array | undefined;

  /** The state after boot, before any setup. */
  readonly booted: Image;
  /** The calls by which the first process entered the sandbox root during boot. */
  readonly sandboxNotes: readonly SequenceNote[];

  /**
   * Boots a kernel.
   *
   * @param module - a module of `buildSequences()`.
   * @throws ModuleError for any other module, or if the kernel does not boot.
   */
  constructor(module: WebAssembly.Module, options: SequenceOptions) {
    this.#module = module;
    this.#options = options;
    const exports = this.#boot();
    this.#exports = exports;
    this.#input = exports.fuzz_input();
    this.#memory = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
    const begun: SequenceNote[] = [];
    this.#onNote = (note) => begun.push(note);
    exports.fuzz_notes(1);
    this.#guarded(() => exports.fuzz_begin());
    exports.fuzz_notes(0);
    this.#onNote = undefined;
    // An earlier process only read information, and has exited.
    this.sandboxNotes = begun.filter(({ pid }) => pid === begun.at(-1)?.pid);
    this.#place = placeOf(this.#view, exports.fuzz_counters() >>> 0);
    this.booted = this.save();
  }

  /** Creates a fresh instance and boots its kernel. */
  #boot(): Exports {
    const clock = (): number => performance.now();
    const seq_note = (at: number): void => {
      this.#refresh();
      this.#onNote?.(readNote(this.#memory, at >>> 0));
    };
    const imports = { host: { clock, lsm_ask: () => 0, seq_note } };
    const instance = new WebAssembly.Instance(this.#module, imports);
    const exports = instance.exports as unknown as Exports;
    if (typeof exports.fuzz_run_steps !== "function") {
      throw new ModuleError(
        "the module was not built by buildSequences(), so it generates no sequences",
      );
    }
    const { release, unprivilegedBpfDisabled = 2, checks, confined } = this.#options;
    let answer: number;
    try {
      answer = exports.kernel_boot(releaseCode(release), unprivilegedBpfDisabled, 0, 0);
    } catch (cause) {
      const why = crashReason(cause, exports.turns_left?.value);
      throw new ModuleError(`the module does not boot as ${release}: ${why}`, { cause });
    }
    if (answer !== 0) throw new ModuleError(`the module does not boot as ${release}`);
    exports.fuzz_options(checks === true ? 0 : 1, confined === true ? 1 : 0);
    return exports;
  }

  /** Runs the kernel. If it traps, a fresh instance replaces it. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const why = crashReason(cause, this.#exports.turns_left?.value);
      this.#exports = this.#boot();
      this.#refresh();
      throw new SequenceCrash(why, { cause });
    }
  }

  /** Takes a snapshot of the state. */
  save(): Image {
    this.#refresh();
    return this.#memory.slice(STACK_TOP, this.#exports.kernel_brk() >>> 0);
  }

  /** Restores a snapshot, in a few microseconds. */
  restore(image: Image): void {
    const { memory } = this.#exports;
    const missing = STACK_TOP + image.length - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    this.#refresh();
    this.#memory.set(image, STACK_TOP);
  }

  /**
   * Runs the setup at the start of the bytes. Call `restore(booted)` first.
   *
   * @returns the number of bytes that the setup read.
   * @throws {@link SequenceCrash} if the kernel traps.
   */
  runSetup(bytes: Uint8Array): number {
    this.#refresh();
    this.#memory.set(bytes, this.#input);
    return this.#guarded(() => this.#exports.fuzz_run_setup(bytes.length));
  }

  /**
   * Runs the steps of the same bytes. Call {@link SequenceMachine.runSetup} first.
   *
   * @throws {@link SequenceCrash} if the kernel traps.
   */
  runSteps(bytes: Uint8Array): SequenceResult {
    this.#memory.set(bytes, this.#input);
    const at = this.#guarded(() => this.#exports.fuzz_run_steps(bytes.length) >>> 0);
    this.#refresh();
    const word = (offset: number): number => this.#view.getUint32(at + offset, true);
    return {
      fingerprint: this.#view.getBigUint64(at + RESULT.hash, true),
      calls: this.#view.getBigUint64(at + RESULT.called, true),
      hooks: this.#view.getBigUint64(at + RESULT.hooks, true),
      references: this.#view.getBigUint64(at + RESULT.references, true),
      setupCalls: word(RESULT.setupCalls),
      stepCalls: word(RESULT.stepCalls),
      tasks: word(RESULT.tasks),
      tokens: word(RESULT.tokens),
      uses: word(RESULT.uses),
      leaked: word(RESULT.leaked),
      leftInodes: word(RESULT.leftInodes),
    };
  }

  /** Returns the steps of an input, up to the call at which the kernel traps. */
  notes(bytes: Uint8Array): readonly SequenceNote[] {
    const notes: SequenceNote[] = [];
    try {
      this.watch(bytes, (note) => notes.push(note));
    } catch (error) {
      if (!(error instanceof SequenceCrash)) throw error;
    }
    return notes;
  }

  /** Returns the steps of an input, and the result. */
  record(bytes: Uint8Array): {
    readonly notes: readonly SequenceNote[];
    readonly result: SequenceResult;
  } {
    const notes: SequenceNote[] = [];
    return { notes, result: this.watch(bytes, (note) => notes.push(note)) };
  }

  /**
   * Boots and runs an input, and passes each event to a function.
   *
   * @param observed - whether LSM hooks, reference counts and direct answers are events too.
   * @throws {@link SequenceCrash} if the kernel traps.
   */
  watch(bytes: Uint8Array, onNote: (note: SequenceNote) => void, observed = false): SequenceResult {
    this.#onNote = onNote;
    this.restore(this.booted);
    this.#exports.fuzz_notes(observed ? 2 : 1);
    try {
      this.runSetup(bytes);
      return this.runSteps(bytes);
    } finally {
      this.#exports.fuzz_notes(0);
      this.#onNote = undefined;
    }
  }

  /** The current counters of the upstream files; empty for a module without counters. */
  counters(): BigUint64Array {
    this.#refresh();
    const { counts, countsEnd } = this.#place;
    return new BigUint64Array(this.#memory.buffer, counts, (countsEnd - counts) / 8);
  }

  /** The same counters as pairs of 32-bit words, which are faster to compare. */
  counterWords(): Uint32Array {
    const { buffer } = this.#exports.memory;
    if (this.#words === undefined || this.#words.buffer !== buffer) {
      const { byteOffset, length } = this.counters();
      this.#words = new Uint32Array(buffer, byteOffset, 2 * length);
    }
    return this.#words;
  }

  /** Groups values in the order of {@link SequenceMachine.counters} by function. */
  countsOf(values: ArrayLike<number>): Counts {
    this.#refresh();
    return countsAt(this.#view, this.#place, values);
  }

  /** Returns a current view, because the buffer changes when memory grows. */
  #refresh(): void {
    const { buffer } = this.#exports.memory;
    if (this.#memory.buffer === buffer) return;
    this.#memory = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}
