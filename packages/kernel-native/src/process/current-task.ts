// SPDX-License-Identifier: MIT
import {
  type DecisionStep,
  flatten,
  NotModelledError,
  type Refusal,
  SafetyError,
  type Task,
  type Unexplained,
} from "@bpf-token/syscall";
import { BpfCmd, type Mem, type SyscallArg, syscallByName } from "@bpf-token/uapi";
import { Rule, ruleText } from "../generated/protocol.js";
import { callSize, copyBack, writeCall } from "../marshal.js";
import { type Addon, loadAddon } from "./addon.js";
import { checkAttr, checkCall, checkMemory, cmdName, pointersOf } from "./memory.js";
import { ProcessKernel } from "./process-kernel.js";

/** Calls of this process; everything else would change it behind the back of Node's threads. */
const calls: ReadonlySet<string> = new Set([
  ...["bpf", "openat", "close", "dup", "lseek", "read", "write", "getpid"],
  ...["perf_event_open", "setsockopt"],
]);

/** Commands that can take seconds. */
const slow: ReadonlySet<number> = new Set([
  ...[BpfCmd.PROG_LOAD, BpfCmd.BTF_LOAD, BpfCmd.PROG_TEST_RUN],
  ...[BpfCmd.MAP_LOOKUP_BATCH, BpfCmd.MAP_LOOKUP_AND_DELETE_BATCH],
  ...[BpfCmd.MAP_UPDATE_BATCH, BpfCmd.MAP_DELETE_BATCH],
]);
/** Since Linux 7.2 this bit of a command announces two more arguments; the kernel takes it off. */
const COMMON_ATTRS = 0x10000;

/** Those of them that answer a descriptor. */
const opening: ReadonlySet<number> = new Set([BpfCmd.PROG_LOAD, BpfCmd.BTF_LOAD]);

/** A command of bpf() with memory of its own, to be run often; see {@link CurrentTask.prepareBpf}. */
export interface PreparedBpf {
  /** The attribute, zeroes at first. */
  readonly attr: Uint8Array;
  /** The memory that it points at, in the order in which it was asked for. */
  readonly memory: readonly Uint8Array[];
  /** Makes the call: ≥ 0, or `-errno`. */
  run(): number;
}

/** What to map of a map or a ring buffer. */
export interface MappingOptions {
  /** Where the mapping begins, in bytes; a multiple of {@link CurrentTask.pageSize}. Default 0. */
  readonly offset?: number;
  /**
   * Whether it may be written to. Default true. A write to a mapping that was made without ends
   * the process (SIGSEGV): JavaScript cannot be told. The data of a ring buffer can only be had so.
   */
  readonly writable?: boolean;
}

const notRecorded =
  "what this process is and what was delegated to it was made by others and is not recorded, so that its calls cannot be made again on a model: play the situation as a scenario on the model instead";

let current: CurrentTask | undefined;

/**
 * The process that this runs in, as a task: for programs that load BPF themselves. Needs neither
 * root nor an executor; the kernel decides what this process may do.
 *
 * @throws NativeUnavailableError where the addon cannot be had.
 */
export function currentTask(): CurrentTask {
  current ??= new CurrentTask(loadAddon());
  return current;
}

/**
 * This process. It makes calls of bpf(), opens, closes, reads and writes, makes events of
 * perf_event_open(2) and sets options of sockets; what belongs to simulated tasks (fork, namespaces, credentials) is a NotModelledError.
 */
export class CurrentTask implements Task {
  readonly kernel: ProcessKernel;
  readonly pid: number = process.pid;
  readonly closed: boolean = false;
  readonly #addon: Addon;

  /** @internal See {@link currentTask}. */
  constructor(addon: Addon) {
    this.#addon = addon;
    this.kernel = new ProcessKernel(this);
  }

  /** Bytes of a page. */
  get pageSize(): number {
    return this.#addon.pageSize;
  }

  /**
   * Makes a system call. The kernel works on copies: it faults behind the last byte of each piece of
   * memory, and never sees nor shows an address of JavaScript's.
   *
   * @returns ≥ 0, or `-errno`.
   * @throws TypeError for memory in a detached or resizable buffer; RangeError for an address as a
   *   number or a pointer where the command has none; NotModelledError for other calls.
   */
  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    const call = flatten(this.kernel.backend, nr, args);
    if (!calls.has(call.entry.name)) throw this.#missing(call.entry.name);
    checkCall(call);
    if (call.entry.name === "bpf") this.#guardToken(Number(args[0]));
    const frame = Buffer.allocUnsafe(callSize(call));
    writeCall(call, frame, 0);
    const back = call.segments.reduce((sum, s) => sum + (s.copyBack ? s.bytes.length : 0), 0);
    const reply = Buffer.allocUnsafe(back);
    const ret = this.#addon.call(frame, reply);
    copyBack(call, reply);
    return ret;
  }

  /**
   * bpf(2), the quick way: the attribute as bytes, and offsets in it with the memory they point at.
   * The size that the kernel is told is that of the attribute.
   *
   * @returns ≥ 0, or `-errno`.
   * @throws as {@link CurrentTask.syscall}.
   */
  bpf(cmd: number, attr: Uint8Array, ...slots: readonly (number | Uint8Array)[]): number {
    const offsets: number[] = [];
    checkMemory(attr, cmdName(cmd));
    for (let i = 0; i < slots.length; i += 2) {
      offsets.push(Number(slots[i]));
      checkMemory(slots[i + 1] as Uint8Array, cmdName(cmd));
    }
    checkAttr(cmd, attr, offsets);
    this.#guardToken(cmd);
    return this.#addon.bpf(cmd, attr, ...slots);
  }

  /**
   * bpf(2) on another thread, for commands that can take seconds: PROG_LOAD, BTF_LOAD,
   * PROG_TEST_RUN and the batch commands. What is handed in is copied at once; what the kernel wrote
   * is there when the promise is kept.
   *
   * @param attr - the attribute; a {@link Mem} has pointers.
   * @throws RangeError for another command, and as {@link CurrentTask.syscall}. The promise is broken
   *   by a TypeError if a buffer was transferred meanwhile; a descriptor is closed then.
   */
  async bpfAsync(cmd: number, attr: Uint8Array | Mem, size?: number): Promise<number> {
    if (!slow.has(cmd)) throw new RangeError(`${cmdName(cmd)} is not slow: use bpf()`);
    const length = attr instanceof Uint8Array ? attr.length : attr.bytes.length;
    const call = flatten(this.kernel.backend, syscallByName.bpf.nr, [cmd, attr, size ?? length]);
    checkCall(call);
    const frame = Buffer.allocUnsafe(callSize(call));
    writeCall(call, frame, 0);
    const lengths = call.segments.map(({ bytes }) => bytes.length);
    const answer = Buffer.from(await this.#addon.start(frame));
    const ret = Number(answer.readBigInt64LE(0));
    if (call.segments.some(({ bytes }, i) => bytes.length !== lengths[i])) {
      const opened = ret >= 0 && opening.has(cmd);
      if (opened) this.syscall(syscallByName.close.nr, ret);
      const lost = opened ? "; its descriptor is closed" : "";
      throw new TypeError(`${cmdName(cmd)}: a buffer was transferred during the call${lost}`);
    }
    copyBack(call, answer.subarray(8));
    return ret;
  }

  /**
   * Prepares a command with memory that is the call's own, which a run does not copy: for look-ups
   * by the million.
   *
   * @param slots - offset of a pointer and bytes of what it points at. Give last what the kernel
   *   writes: only behind the last piece it faults. 65,000 bytes in all.
   * @throws RangeError for an offset where the command has no pointer, and for too much memory.
   */
  prepareBpf(
    cmd: number,
    size: number,
    ...slots: readonly (readonly [number, number])[]
  ): PreparedBpf {
    const offsets = slots.map(([offset]) => offset);
    checkAttr(cmd, new Uint8Array(size), offsets, pointersOf(cmd));
    const total = slots.reduce((sum, [, bytes]) => sum + bytes + 7, size + 7);
    if (!(total <= 65_000)) throw new RangeError(`${cmdName(cmd)}: at most 65,000 bytes in all`);
    const [run, attr, ...memory] = this.#addon.prepare(cmd, size, ...slots.flat());
    const bytes = new Uint8Array(attr as ArrayBuffer);
    const checked = (): number => {
      checkAttr(cmd, bytes, offsets);
      this.#guardToken(cmd);
      return run();
    };
    // Where each pointer has its memory there is nothing to look at.
    const every = [...pointersOf(cmd).keys()].every((offset) => offsets.includes(offset));
    const all = every && cmd !== BpfCmd.LINK_CREATE && !isTokenCreate(cmd);
    return {
      attr: bytes,
      memory: memory.map((buffer) => new Uint8Array(buffer)),
      run: all ? run : checked,
    };
  }

  /**
   * Maps a map (BPF_F_MMAPABLE) or a part of a ring buffer.
   *
   * @returns the memory, or `-errno`.
   * @throws RangeError for a length or an offset that is no size.
   */
  mapMemory(fd: number, length: number, options: MappingOptions = {}): ArrayBuffer | number {
    const { offset = 0, writable = true } = options;
    for (const n of [length, offset]) {
      if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`${n} is no size of a mapping`);
    }
    return this.#addon.map(fd, length, offset, writable);
  }

  /** Gives a mapping back: the buffer is empty then. Else it goes when nobody has the buffer. */
  unmapMemory(buffer: ArrayBuffer): void {
    this.#addon.unmap(buffer);
  }

  fork(): never {
    throw this.#missing("fork");
  }
  exec(): never {
    throw this.#missing("exec");
  }
  exit(): never {
    throw this.#missing("exit");
  }
  wait(): never {
    throw this.#missing("wait");
  }
  sendFd(): never {
    throw this.#missing("sendFd");
  }
  openNamespace(): never {
    throw this.#missing("openNamespace");
  }

  /**
   * The running kernel never says which check refused, and it cannot be inferred either: see
   * {@link CurrentTask.unexplained}.
   */
  refusal(): Refusal | undefined {
    return undefined;
  }

  /** That this process has a past which nobody recorded. */
  unexplained(): Unexplained {
    return { reason: notRecorded };
  }

  decisions(): readonly DecisionStep[] {
    return [];
  }

  /** Does nothing: a process does not end because somebody is done with it. */
  close(): void {}

  [Symbol.dispose](): void {}

  /** See native/token_room.c. */
  #guardToken(cmd: number): void {
    if (!isTokenCreate(cmd) || this.#addon.mayCreateToken()) return;
    throw new SafetyError(ruleText.get(Rule.TOKEN_ROOM) ?? "");
  }

  #missing(what: string): NotModelledError {
    return new NotModelledError(this.kernel.backend, what);
  }
}

/** The kernel takes the command for an int. */
function isTokenCreate(cmd: number): boolean {
  return (cmd & ~COMMON_ATTRS) === BpfCmd.TOKEN_CREATE;
}
