// SPDX-License-Identifier: GPL-2.0-only
import type { LsmAnswer, LsmControl, LsmHook } from "@bpf-token/syscall";
import { Errno, type ErrnoName, type KernelRelease } from "@bpf-token/uapi";
import { ModuleError } from "../errors.js";
import { hookNames, indexOf } from "../kernel/names.js";
import type { Machine } from "../module/machine.js";
import { unknownWord } from "../words.js";
import { type LsmCall, readCall } from "./lsm-call.js";

/** Answers a hook; nothing is the same as 0. */
export type LsmCallback<H extends LsmHook = LsmHook> = (call: LsmCall<H>) => LsmAnswer | undefined;

/**
 * The security module of a kernel that is not its capabilities: answers that are set, and callbacks.
 *
 * Callbacks belong to the host, not to the kernel: a snapshot has none of them, and after
 * `restore()` those that are set then go on being asked. Answers that are set are part of it.
 */
export interface LsmHooks extends LsmControl {
  /**
   * Asks `callback` each time the kernel comes to a hook, where the answer that is set allows.
   *
   * The kernel is in the middle of a call then: whatever the callback asks of it throws
   * {@link ReentryError}. A callback that throws makes the hook answer EPERM, unasked hooks of the
   * same call too; what it threw comes out of the call, and the kernel goes on. Costs nothing where
   * no callback is set.
   *
   * @param hook - as `bpf_token_cmd`. What `bpf_token_free` answers is of no account.
   * @throws RangeError for a hook that does not exist; {@link ModuleError} where the kernel's module
   *   has no hooks to be asked about.
   */
  on<H extends LsmHook>(hook: H, callback: LsmCallback<H>): void;
  /** Asks no more. */
  off(hook: LsmHook): void;
}

/** Hooks whose callers look at more than whether the answer is an errno. */
const signMatters: readonly LsmHook[] = ["bpf_token_cmd", "bpf_token_capable"];
const MOST = 0x7fff_ffff;

/** The number that the kernel is given for an answer. */
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
  throw new RangeError(`${hook} answers 0 or the name of an errno, not ${answer}`);
}

/** What {@link LsmHooks} is inside. */
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
    if (hook === "bpf_token_free") throw new RangeError("bpf_token_free answers nothing");
    const number = answerNumber(hook, answer);
    this.#machine.run((core) => core.kernel_lsm_answer(index, number));
  }

  on<H extends LsmHook>(hook: H, callback: LsmCallback<H>): void {
    indexOf("LSM hook", hookNames, hook);
    if (typeof callback !== "function") throw new TypeError("a callback is a function");
    if (!this.#machine.asks) throw new ModuleError("this kernel's module does not ask its host");
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

  /** Tells the core which hooks have callbacks; also after its memory was put back. */
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
