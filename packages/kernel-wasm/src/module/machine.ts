// SPDX-License-Identifier: GPL-2.0-only
import { NotModelledError } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { KernelCrashed, ModuleError, ReentryError } from "../errors.js";
import { callBlock, ENOTMODELLED, refusalLog } from "../generated/abi.js";
import { ModuleInstance } from "../host/instance.js";
import { unmodelled, unnamed } from "../refusals/unmodelled.js";
import { crashReason } from "./crash.js";
import { asksHost, instantiate, type KernelExports } from "./module.js";
import { originOf } from "./origin.js";

/** The model's name in errors. */
export const BACKEND = "model";

/** One instance of the model's module, with its ABI. */
export class Machine extends ModuleInstance<KernelExports> {
  protected readonly core: KernelExports;
  /** The subject of crash messages. */
  readonly #who: string;
  /** The memory as 32-bit words. Every structure of the ABI is aligned for it. */
  words: Uint32Array = new Uint32Array();
  /** Index of the call block in {@link Machine.words}; its first word is the call's number. */
  readonly block: number;
  /** Index of the first argument in the call block. */
  readonly args: number;
  /** Index of the refusal log. */
  readonly log: number;
  /** Whether the module calls {@link Machine.hooks}. */
  readonly asks: boolean;
  /** Answers a hook; `address` points to the `struct lsm_call`. */
  hooks: ((address: number) => number) | undefined;
  /** The error that a hook threw during a call. The call rethrows it at its end. */
  #thrown: { readonly error: unknown } | undefined;
  #asking = false;

  constructor(module: WebAssembly.Module) {
    super();
    const exports = instantiate(module, (address) => this.#ask(address >>> 0));
    this.core = exports;
    this.#who = originOf(module) === undefined ? "the model" : "the upstream source";
    this.asks = asksHost(module);
    this.refresh();
    this.block = (exports.kernel_call_block() >>> 0) / 4;
    this.args = this.block + callBlock.args / 4;
    this.log = (exports.kernel_refusals() >>> 0) / 4;
    if (!Number.isInteger(this.block / 2) || !Number.isInteger(this.log / 2)) {
      throw new ModuleError("the module's call block or refusal log is not aligned to 8 bytes");
    }
  }

  override refresh(): void {
    super.refresh();
    if (this.words.length === 0) this.words = new Uint32Array(this.bytes.buffer);
  }

  /** Whether it was closed or crashed. */
  get isClosed(): boolean {
    return this.isUnavailable && !this.#asking;
  }

  override close(): void {
    if (this.#asking) throw new ReentryError();
    super.close();
  }

  /**
   * Runs a function of the core that is not a system call.
   *
   * @throws KernelCrashed if it traps, as do all later calls; or the error that a hook threw.
   */
  override run<T>(work: (core: KernelExports) => T): T {
    const result = super.run(work);
    if (this.#thrown !== undefined) this.#rethrow();
    return result;
  }

  /**
   * Allocates user memory for one call.
   *
   * @returns its address, or 0 if the core is out of memory.
   */
  userAlloc(size: number): number {
    try {
      const address = this.core.kernel_user_alloc(size) >>> 0;
      if (this.bytes.length === 0) this.refresh();
      return address;
    } catch (cause) {
      throw this.failed(cause);
    }
  }

  /** Frees all user memory. */
  userReset(): void {
    try {
      this.core.kernel_user_reset();
    } catch (cause) {
      throw this.failed(cause);
    }
  }

  /** Makes the call in the call block. Pass the result to {@link Machine.finish}. */
  enter(pid: number): number {
    try {
      const ret = this.core.kernel_syscall(pid);
      if (this.bytes.length === 0) this.refresh();
      return ret;
    } catch (cause) {
      throw this.failed(cause);
    }
  }

  /**
   * Returns the answer of the last call as a number.
   *
   * @param wide - whether the answer has 64 bits.
   * @throws NotModelledError if the core does not implement the call; or the error that a hook
   *   threw.
   */
  finish(ret: number, wide: boolean): number {
    if (this.#thrown !== undefined) this.#rethrow();
    if (ret === -ENOTMODELLED) throw new NotModelledError(BACKEND, this.#notModelled());
    if (!wide) return ret;
    const at = this.block + callBlock.ret / 4;
    return ((this.words[at + 1] ?? 0) | 0) * 2 ** 32 + (this.words[at] ?? 0);
  }

  /** Reads one of the four result words that an operation leaves in the call block. */
  out(i: number): number {
    return this.words[this.block + callBlock.out / 4 + i] ?? 0;
  }

  /** Runs when the core reaches a hook. The core must not be called until the hook has answered. */
  #ask(address: number): number {
    if (this.#thrown !== undefined || this.hooks === undefined) return -Errno.EPERM;
    this.refresh();
    this.unavailable = () => new ReentryError();
    this.#asking = true;
    try {
      return this.hooks(address);
    } catch (error) {
      this.#thrown = { error };
      return -Errno.EPERM;
    } finally {
      this.#asking = false;
      this.unavailable = undefined;
    }
  }

  #rethrow(): never {
    const error = this.#thrown?.error;
    this.#thrown = undefined;
    throw error;
  }

  #notModelled(): string {
    const start = this.words[this.log + refusalLog.notModelled / 4] ?? 0;
    // Either an index of the table or the address of a string that the core formatted.
    const known = unmodelled[start];
    if (known !== undefined) return known;
    const end = this.bytes.indexOf(0, start);
    if (end < 0) return unnamed;
    return new TextDecoder().decode(this.bytes.slice(start, end));
  }

  protected failed(cause: unknown): KernelCrashed {
    this.#thrown = undefined;
    const reason = crashReason(cause, this.core.turns_left?.value);
    const crash = () => new KernelCrashed(this.#who, reason, cause);
    this.unavailable = crash;
    return crash();
  }
}
