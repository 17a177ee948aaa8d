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
import { callSize, readBack, writeCall } from "../marshal.js";
import { type Addon, loadAddon } from "./addon.js";
import { checkAttr, checkCall, checkMemory, cmdName, pointersOf } from "./memory.js";
import { ProcessKernel } from "./process-kernel.js";

/** The allowed system calls. All others would change the process under Node's threads. */
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
/** From Linux 7.2 on, this bit of a command announces two more arguments. The kernel clears the bit. */
const COMMON_ATTRS = 0x10000;

/** The slow commands that return a file descriptor. */
const opening: ReadonlySet<number> = new Set([BpfCmd.PROG_LOAD, BpfCmd.BTF_LOAD]);

/** A prepared bpf() command that can run many times; see {@link CurrentTask.prepareBpf}. */
export interface PreparedBpf {
  /** The attribute, initially zero. */
  readonly attr: Uint8Array;
  /** The memory of its pointers, in the order of the slots. */
  readonly memory: readonly Uint8Array[];
  /** Makes the call. Returns ≥ 0, or `-errno`. */
  run(): number;
}

/** Options of {@link CurrentTask.mapMemory}. */
export interface MappingOptions {
  /** Start of the mapping in bytes, a multiple of {@link CurrentTask.pageSize}. Default 0. */
  readonly offset?: number;
  /**
   * Whether the mapping is writable. Default true. JavaScript cannot know that memory is read-only,
   * so a write to a read-only mapping ends the process with SIGSEGV. The kernel maps the data of a
   * ring buffer only read-only.
   */
  readonly writable?: boolean;
}

const notRecorded =
  "the namespaces, the credentials and the bpffs of this process were set up before it ran and were not recorded, so its calls cannot be replayed on a model. Fix: write them as a scenario and run it on the model";

let current: CurrentTask | undefined;

/**
 * Returns the current process as a task, for programs that load BPF themselves. It needs neither
 * root nor an executor; the kernel decides what the process may do.
 *
 * @throws NativeUnavailableError if the addon is not available.
 * @example
 * ```ts
 * const task = currentTask();
 * const map = createMap(task, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 });
 * ```
 */
export function currentTask(): CurrentTask {
  current ??= new CurrentTask(loadAddon());
  return current;
}

/**
 * The current process. It can call bpf(), open, close, read and write files, open events with
 * perf_event_open(2) and set socket options. The operations of simulated tasks (fork, namespaces,
 * credentials) throw NotModelledError.
 *
 * @example `currentTask().pageSize`
 */
export class CurrentTask implements Task {
  readonly kernel: ProcessKernel;
  readonly pid: number = process.pid;
  readonly closed: boolean = false;
  readonly #addon: Addon;

  /** @internal Use {@link currentTask}. */
  constructor(addon: Addon) {
    this.#addon = addon;
    this.kernel = new ProcessKernel(this);
  }

  /** Page size in bytes. */
  get pageSize(): number {
    return this.#addon.pageSize;
  }

  /**
   * Makes a system call. The kernel works on copies of the memory, so an access to the byte after
   * the last one faults. Addresses of JavaScript's memory are neither accepted nor visible.
   *
   * @returns ≥ 0, or `-errno`.
   * @throws TypeError for memory in a detached or resizable buffer; RangeError for an address as a
   *   number, or a pointer at a place where the command has none; NotModelledError for other calls.
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
    readBack(call, reply);
    return ret;
  }

  /**
   * Calls bpf(2) on the fast path: the attribute as bytes, then offsets of pointers, each followed
   * by its memory. The kernel receives the length of the attribute as size.
   *
   * @returns ≥ 0, or `-errno`.
   * @throws the errors of {@link CurrentTask.syscall}.
   * @example
   * ```ts
   * const ret = task.bpf(BpfCmd.MAP_LOOKUP_ELEM, attr, 8, key, 16, value);
   * ```
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
   * Calls bpf(2) on another thread, for commands that can take seconds: PROG_LOAD, BTF_LOAD,
   * PROG_TEST_RUN and the batch commands. The memory is copied at once. The kernel's output is
   * copied back before the promise resolves.
   *
   * @param attr - the attribute; a {@link Mem} has pointers.
   * @throws RangeError for another command, and the errors of {@link CurrentTask.syscall}. The
   *   promise rejects with a TypeError if a buffer was transferred during the call; a returned file
   *   descriptor is closed then.
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
    readBack(call, answer.subarray(8));
    return ret;
  }

  /**
   * Prepares a command whose memory the kernel accesses directly, without a copy in each run. Use
   * it for millions of look-ups.
   *
   * @param size - size of the attribute in bytes.
   * @param slots - offset of a pointer and size of its memory. Put memory that the kernel writes
   *   last: only accesses after the last segment fault. The limit is 65,000 bytes in total.
   * @throws RangeError for an offset where the command has no pointer, or for too much memory.
   * @example
   * ```ts
   * const lookup = task.prepareBpf(BpfCmd.MAP_LOOKUP_ELEM, 32, [8, 4], [16, 8]);
   * new DataView(lookup.attr.buffer, lookup.attr.byteOffset).setUint32(0, map.fd, true);
   * console.log(lookup.run(), lookup.memory[1]); // 0, the value
   * ```
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
    // If each pointer has its memory, the attribute needs no check.
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
   * @param length - size of the mapping in bytes.
   * @returns the memory, or `-errno`.
   * @throws RangeError for an invalid length or offset.
   */
  mapMemory(fd: number, length: number, options: MappingOptions = {}): ArrayBuffer | number {
    const { offset = 0, writable = true } = options;
    for (const n of [length, offset]) {
      if (!Number.isSafeInteger(n) || n < 0)
        throw new RangeError(`invalid length or offset of a mapping: ${n}`);
    }
    return this.#addon.map(fd, length, offset, writable);
  }

  /**
   * Unmaps memory and detaches the buffer. Otherwise it is unmapped when the buffer is
   * garbage-collected.
   */
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
   * Returns undefined. The running kernel gives no reasons, and they cannot be inferred: see {@link
   * CurrentTask.unexplained}.
   */
  refusal(): Refusal | undefined {
    return undefined;
  }

  /** Returns that the history of this process was not recorded. */
  unexplained(): Unexplained {
    return { reason: notRecorded };
  }

  decisions(): readonly DecisionStep[] {
    return [];
  }

  /** Does nothing: the process continues. */
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
