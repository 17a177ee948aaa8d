// SPDX-License-Identifier: GPL-2.0-only
import { NotModelledError, UseAfterCloseError } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { KernelCrashed, ModuleError, ReentryError } from "../errors.js";
import { callBlock, ENOTMODELLED, refusalLog } from "../generated/abi.js";
import { unmodelled, unnamed } from "../refusals/unmodelled.js";
import { crashReason } from "./crash.js";
import { asksHost, instantiate, type KernelExports } from "./module.js";
import { originOf } from "./origin.js";

/** The name under which the model appears in errors. */
export const BACKEND = "model";

/**
 * One instance of the module: its memory, its entry points, and whether it still lives.
 *
 * Views of the memory are replaced when it grows, so they are read through this object each time.
 */
export class Machine {
  readonly #exports: KernelExports;
  /** Who it is that may crash. */
  readonly #who: string;
  /** The memory as bytes. */
  bytes: Uint8Array = new Uint8Array();
  /** The memory as words; every structure of the boundary is aligned for it. */
  words: Uint32Array = new Uint32Array();
  /** Index of the call block in {@link Machine.words}; its first word is the call's number. */
  readonly block: number;
  /** Index of the block's first argument. */
  readonly args: number;
  /** Index of the refusal log. */
  readonly log: number;
  /** Whether the module can ask {@link Machine.hooks}. */
  readonly asks: boolean;
  /** Answers a hook of a security module, given where the question lies. */
  hooks: ((address: number) => number) | undefined;
  #unavailable: (() => Error) | undefined;
  /** What a hook threw in the middle of a call; it comes out of that call's end. */
  #thrown: { readonly error: unknown } | undefined;
  #asking = false;

  constructor(module: WebAssembly.Module) {
    const exports = instantiate(module, (address) => this.#ask(address >>> 0));
    this.#exports = exports;
    this.#who = originOf(module) === undefined ? "the model" : "the kernel's own text";
    this.asks = asksHost(module);
    this.refresh();
    this.block = (exports.kernel_call_block() >>> 0) / 4;
    this.args = this.block + callBlock.args / 4;
    this.log = (exports.kernel_refusals() >>> 0) / 4;
    if (!Number.isInteger(this.block / 2) || !Number.isInteger(this.log / 2)) {
      throw new ModuleError("the module's call block or refusal log is not aligned to 8 bytes");
    }
  }

  /** Makes the views anew if the memory grew; a view of memory that grew has length 0. */
  refresh(): void {
    if (this.bytes.length !== 0) return;
    const { buffer } = this.#exports.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** Whether it cannot be called: shut down, crashed, or waiting for the answer to a hook. */
  get isUnavailable(): boolean {
    return this.#unavailable !== undefined;
  }

  /** Whether it was shut down or crashed. */
  get isClosed(): boolean {
    return this.#unavailable !== undefined && !this.#asking;
  }

  /**
   * @throws UseAfterCloseError, KernelCrashed or ReentryError if the instance is gone.
   */
  assertRunning(): void {
    if (this.#unavailable !== undefined) throw this.#unavailable();
  }

  /** Ends the instance on purpose; one that crashed stays crashed. */
  close(): void {
    if (this.#asking) throw new ReentryError();
    this.#unavailable ??= () => new UseAfterCloseError("kernel");
  }

  /**
   * Runs the core outside of a system call.
   *
   * @throws KernelCrashed if it traps, and from then on; what a hook threw.
   */
  run<T>(work: (exports: KernelExports) => T): T {
    this.assertRunning();
    let result: T;
    try {
      result = work(this.#exports);
    } catch (cause) {
      throw this.#crashed(cause);
    } finally {
      this.refresh();
    }
    if (this.#thrown !== undefined) this.#rethrow();
    return result;
  }

  /**
   * Fresh user memory of one call.
   *
   * @returns its address, or 0 if there is no more memory.
   */
  userAlloc(size: number): number {
    try {
      const address = this.#exports.kernel_user_alloc(size) >>> 0;
      if (this.bytes.length === 0) this.refresh();
      return address;
    } catch (cause) {
      throw this.#crashed(cause);
    }
  }

  /** Drops all user memory. */
  userReset(): void {
    try {
      this.#exports.kernel_user_reset();
    } catch (cause) {
      throw this.#crashed(cause);
    }
  }

  /** Makes the call that the block describes; what comes back may be {@link Machine.finish}ed. */
  enter(pid: number): number {
    try {
      const ret = this.#exports.kernel_syscall(pid);
      if (this.bytes.length === 0) this.refresh();
      return ret;
    } catch (cause) {
      throw this.#crashed(cause);
    }
  }

  /**
   * The answer of the last call as a number.
   *
   * @param wide - the answer has 64 bits.
   * @throws NotModelledError if the core has no answer; what a hook threw.
   */
  finish(ret: number, wide: boolean): number {
    if (this.#thrown !== undefined) this.#rethrow();
    if (ret === -ENOTMODELLED) throw new NotModelledError(BACKEND, this.#notModelled());
    if (!wide) return ret;
    const at = this.block + callBlock.ret / 4;
    return ((this.words[at + 1] ?? 0) | 0) * 2 ** 32 + (this.words[at] ?? 0);
  }

  /** One of the four words that an operation leaves in the call block. */
  out(i: number): number {
    return this.words[this.block + callBlock.out / 4 + i] ?? 0;
  }

  /** The core comes to a hook; it must not be called until the answer is there. */
  #ask(address: number): number {
    if (this.#thrown !== undefined || this.hooks === undefined) return -Errno.EPERM;
    this.refresh();
    this.#unavailable = () => new ReentryError();
    this.#asking = true;
    try {
      return this.hooks(address);
    } catch (error) {
      this.#thrown = { error };
      return -Errno.EPERM;
    } finally {
      this.#asking = false;
      this.#unavailable = undefined;
    }
  }

  #rethrow(): never {
    const error = this.#thrown?.error;
    this.#thrown = undefined;
    throw error;
  }

  #notModelled(): string {
    const start = this.words[this.log + refusalLog.notModelled / 4] ?? 0;
    // A number of the table, or the address of a text that the core made.
    const known = unmodelled[start];
    if (known !== undefined) return known;
    const end = this.bytes.indexOf(0, start);
    if (end < 0) return unnamed;
    return new TextDecoder().decode(this.bytes.slice(start, end));
  }

  #crashed(cause: unknown): KernelCrashed {
    this.#thrown = undefined;
    const reason = crashReason(cause, this.#exports.turns_left?.value);
    const crash = () => new KernelCrashed(this.#who, reason, cause);
    this.#unavailable = crash;
    return crash();
  }
}
