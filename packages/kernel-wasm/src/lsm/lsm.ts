// SPDX-License-Identifier: GPL-2.0-only
import type { LsmAnswer, LsmControl, LsmHook } from "@bpf-token/syscall";
import { Errno, type ErrnoName, type KernelRelease } from "@bpf-token/uapi";
import { ModuleError } from "../errors.js";
import { hookNames, indexOf } from "../kernel/names.js";
import type { Machine } from "../module/machine.js";
import { unknownWord } from "../words.js";
import { type LsmCall, readCall } from "./lsm-call.js";

/** Answers a hook call; undefined is the same as 0. */
export type LsmCallback<H extends LsmHook = LsmHook> = (call: LsmCall<H>) => LsmAnswer | undefined;

/**
 * The security module of a kernel, in addition to its capability checks: fixed answers and
 * callbacks.
 *
 * Callbacks belong to the host, not to the kernel. A snapshot does not contain them, and
 * `restore()` keeps the callbacks that are set. A snapshot does contain the fixed answers.
 */
export interface LsmHooks extends LsmControl {
  /**
   * Sets a callback, which the kernel calls whenever it reaches the hook and the fixed answer
   * allows.
   *
   * The kernel waits for the callback in the middle of a call, so any use of the kernel in the
   * callback throws {@link ReentryError}. If the callback throws, this hook and all later hooks of
   * the same call answer EPERM, and the call then rethrows the error. The kernel stays usable.
   * Hooks without a callback cost nothing.
   *
   * @param hook - for example `bpf_token_cmd`. The kernel ignores the answer of `bpf_token_free`.
   * @throws RangeError for a hook that does not exist; {@link ModuleError} if the kernel's module
   *   does not support callbacks.
   * @example
   * ```ts
   * kernel.lsm.on("bpf_token_cmd", ({ cmd }) => (cmd === BpfCmd.PROG_LOAD ? "EPERM" : 0));
   * ```
   */
  on<H extends LsmHook>(hook: H, callback: LsmCallback<H>): void;
  /** Removes the callback of a hook. */
  off(hook: LsmHook): void;
}

/** Hooks whose callers distinguish positive and negative answers. */
const signMatters: readonly LsmHook[] = ["bpf_token_cmd", "bpf_token_capable"];
const MOST = 0x7fff_ffff;

/** Converts an answer into the number that the kernel receives. */
function answerNumber(hook: LsmHook, answer: LsmAnswer): number {
  if (answer === 0) return 0;
  if (typeof answer === "string") {
    const errno = Errno[answer];
    if (errno !== undefined) return -errno;
    throw new RangeError(unknownWord("errno", answer, Object.keys(Errno) as ErrnoName[]));
  }
  if (Number.isInteger(answer) && answer > 0 && answer <= MOST && signMatters.includes(hook)) {
    return answer;
  }
  throw new RangeError(
    `invalid answer of ${hook}: ${answer}. Fix: answer 0 or the name of an errno`,
  );
}

/** The implementation of {@link LsmHooks}. */
export class LsmHost implements LsmHooks {
  readonly #machine: Machine;
  readonly #release: KernelRelease;
  readonly #callbacks = new Map<LsmHook, LsmCallback>();

  constructor(machine: Machine, release: KernelRelease) {
    this.#machine = machine;
    this.#release = release;
    machine.hooks = (address) => this.#ask(address);
  }

  answer(hook: LsmHook, answer: LsmAnswer): void {
    const index = indexOf("LSM hook", hookNames, hook);
    if (hook === "bpf_token_free")
      throw new RangeError("bpf_token_free has no answer: the kernel ignores it");
    const number = answerNumber(hook, answer);
    this.#machine.run((core) => core.kernel_lsm_answer(index, number));
  }

  on<H extends LsmHook>(hook: H, callback: LsmCallback<H>): void {
    indexOf("LSM hook", hookNames, hook);
    if (typeof callback !== "function") throw new TypeError("the callback must be a function");
    if (!this.#machine.asks)
      throw new ModuleError("the module of this kernel does not support LSM callbacks");
    this.#machine.assertRunning();
    this.#callbacks.set(hook, callback as LsmCallback);
    this.refresh();
  }

  off(hook: LsmHook): void {
    indexOf("LSM hook", hookNames, hook);
    this.#machine.assertRunning();
    this.#callbacks.delete(hook);
    this.refresh();
  }

  /**
   * Passes the mask of hooks with callbacks to the core. Also needed after a snapshot is restored.
   */
  refresh(): void {
    const mask = [...this.#callbacks.keys()].reduce(
      (all, h) => all | (1 << hookNames.indexOf(h)),
      0,
    );
    this.#machine.run((core) => core.kernel_lsm_asked(mask));
  }

  #ask(address: number): number {
    const call = readCall(this.#machine, address, this.#release);
    const callback = this.#callbacks.get(call.hook);
    return answerNumber(call.hook, callback?.(call) ?? 0);
  }
}
