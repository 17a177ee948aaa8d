// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { BpfError, NotModelledError, raw } from "@bpf-token/syscall";
import { Errno, returnsFd } from "@bpf-token/uapi";
import { factsRelease, type KernelRelease, newestRelease } from "@bpf-token/uapi/names";
import { callText, commandIn } from "../evidence/call-text.js";
import type { TracedCall, TraceEvent } from "../evidence/traced-call.js";
import { NETNS, netnsCause, netnsFix } from "../explain/causes/netns.js";
import type { Facts } from "../facts.js";
import type { CallFinding } from "./call-finding.js";
import { performers } from "./calls.js";
import { judge } from "./judge.js";
import { attachingBy } from "./netlink.js";
import type { CallState, ModelAnswer } from "./perform.js";
import { probeName } from "./probe.js";
import { type ModelProcess, Processes } from "./processes.js";
import { standInFor } from "./stand-in.js";
import { MissingFileError } from "./translate.js";

/** Options of {@link CallReplay}. */
export interface CallReplayOptions {
  /** The release that the model follows. Default: that of the first facts. */
  readonly release?: KernelRelease;
  /** The state of processes for which the trace has none. Without it, their calls stay unknown. */
  readonly facts?: Facts;
  /** Called with what the model answers to each call, also to those that the kernel permitted. */
  readonly onAnswer?: (attempt: Attempt, call: TracedCall) => void;
}

/** The model's answer, or why there is none. */
export type Attempt =
  | { readonly how: "answered"; readonly answer: ModelAnswer }
  | { readonly how: "followed" }
  | {
      readonly how: "failed";
      readonly why: string;
      /** What the model lacks: {@link NotModelledError.what}. */
      readonly unmodelled?: string;
    };

/**
 * Replays the calls of real processes on the model of their kernel, and says for each refused call and
 * each ignored token why. Feed it the events in their order.
 *
 * @example
 * ```ts
 * const replay = new CallReplay();
 * for (const event of events) {
 *   for (const { call, cause } of replay.add(event)) console.log(call, cause);
 * }
 * replay.close();
 * ```
 */
export class CallReplay {
  readonly #options: CallReplayOptions;
  #state: CallState | undefined;
  #release: KernelRelease | undefined;
  #index = 0;
  /** The processes for which the model had no room. */
  readonly #without = new Set<number>();
  /** Loads of programs for interfaces in containers, by process, until a bpf() call attaches them. */
  readonly #loaded = new Map<
    number,
    { readonly call: TracedCall; readonly index: number; readonly facts: Facts }
  >();

  /** The kind of object of which a process has just got the next id. */
  readonly #listed = new Map<number, string | undefined>();

  constructor(options: CallReplayOptions = {}) {
    this.#options = options;
    this.#release = options.release;
  }

  /** The release of the model; undefined before the first event. */
  get release(): KernelRelease | undefined {
    return this.#release;
  }

  /**
   * Replays one event.
   *
   * @returns the findings of the call; empty if it was neither refused nor has an ignored token.
   * @throws RangeError if the release in the first facts is not of the form `X.Y`.
   */
  add(event: TraceEvent): readonly CallFinding[] {
    if (event.type === "process") {
      this.#release ??= factsRelease(event.facts.release);
      this.#sync(event.pid, event.facts);
      return [];
    }
    // Without a state there is no release yet, and nothing to follow.
    const isEarly = this.#state === undefined && this.#options.facts === undefined;
    if (isEarly && (event.type !== "call" || event.name !== "bpf")) {
      if (event.type === "call") this.#index++;
      return [];
    }
    const { processes } = this.#open(this.#options.facts);
    if (event.type === "exit") {
      processes.exit(event.pid);
      this.#listed.delete(event.pid);
      return [];
    }
    if (event.type === "file") {
      const process = processes.get(event.pid);
      if (process !== undefined) hasRoom(() => processes.addFile(process, event.fd, event.file));
      return [];
    }
    return this.#call(event);
  }

  /**
   * Says why programs may have failed although the kernel refused none of their calls: attaching by
   * netlink is no bpf() call, so the trace does not show it. Call it if the traced program failed.
   */
  unattached(): readonly CallFinding[] {
    return [...this.#loaded.values()].map(({ call, index, facts }) => ({
      id: NETNS,
      // No earlier refusal ended the program: it loaded this one after them.
      severity: facts.hostNetwork === true ? "error" : "warning",
      confidence: facts.hostNetwork === true ? "likely" : "possible",
      outcome: "unknown",
      pid: call.pid,
      index,
      call: callText(call),
      cause: netnsCause.cause,
      evidence: [
        "no later bpf() call attached the program",
        `user namespace: ${facts.userns.inode}`,
        ...(facts.hostNetwork === true ? ["network namespace: that of the host"] : []),
      ],
      fix: netnsFix(facts.manager),
    }));
  }

  /** Frees the model. */
  close(): void {
    this.#state?.processes.close();
    this.#state = undefined;
  }

  #call(call: TracedCall): readonly CallFinding[] {
    const state = this.#open(this.#options.facts);
    const { facts } = this.#options;
    if (state.processes.get(call.pid) === undefined && facts !== undefined) {
      this.#sync(call.pid, facts);
    }
    const process = state.processes.get(call.pid);
    const attempt = this.#attempt(call, process, state);
    this.#options.onAnswer?.(attempt, call);
    if (process !== undefined) settle(call, process, attempt);
    this.#noteAttaching(call, process?.facts);
    const modelRelease = state.processes.kernel.release;
    if (this.#isGone(call)) {
      this.#index++;
      return [];
    }
    return judge({ call, process, attempt, index: this.#index++, modelRelease });
  }

  /** Whether the object of an id that the kernel has just listed went before the process could open it. */
  #isGone(call: TracedCall): boolean {
    if (call.name !== "bpf") return false;
    const [, kind, step] = /^(\w+)_GET_(NEXT_ID|FD_BY_ID)$/.exec(commandIn(call) ?? "") ?? [];
    const listed = this.#listed.get(call.pid);
    if (step === "NEXT_ID" && call.result >= 0) this.#listed.set(call.pid, kind);
    else this.#listed.delete(call.pid);
    return step === "FD_BY_ID" && call.result === -Errno.ENOENT && listed === kind;
  }

  /** Brings a process to a state. The program decides how many there are: one without room stays unknown. */
  #sync(pid: number, facts: Facts): void {
    const { processes } = this.#open(facts);
    if (hasRoom(() => processes.sync(pid, facts))) return;
    processes.exit(pid);
    this.#without.add(pid);
  }

  #noteAttaching(call: TracedCall, caller: Facts | undefined): void {
    const attaching = attachingBy(call);
    if (attaching === "attached") this.#loaded.delete(call.pid);
    if (attaching !== "loaded" || probeName(call) !== undefined || caller === undefined) return;
    if (caller.userns.initial || caller.hostNetwork === false) return;
    this.#loaded.set(call.pid, { call, index: this.#index, facts: caller });
  }

  #attempt(call: TracedCall, process: ModelProcess | undefined, state: CallState): Attempt {
    if (process === undefined) {
      const why = this.#without.has(call.pid)
        ? "the trace has more processes at the same time than the model"
        : "the trace does not show the state of the process";
      return { how: "failed", why };
    }
    if (call.seccomp === true) return { how: "followed" };
    if (call.name === "execve" || call.name === "execveat") {
      if (call.result >= 0) state.processes.exec(process);
      return { how: "followed" };
    }
    if (call.incomplete !== undefined) return { how: "failed", why: call.incomplete };
    const perform = Object.hasOwn(performers, call.name) ? performers[call.name] : undefined;
    if (perform === undefined) return { how: "followed" };
    try {
      const answer = perform(call, process, state);
      return answer === undefined ? { how: "followed" } : { how: "answered", answer };
    } catch (error) {
      if (error instanceof MissingFileError) return { how: "failed", why: error.message };
      if (error instanceof NotModelledError) {
        return { how: "failed", why: error.message, unmodelled: error.what };
      }
      if (BpfError.is(error)) return { how: "failed", why: error.message };
      throw error;
    }
  }

  #open(facts: Facts | undefined): CallState {
    if (this.#state !== undefined) return this.#state;
    this.#release ??= facts === undefined ? newestRelease : factsRelease(facts.release);
    const sysctl = facts?.unprivilegedBpfDisabled;
    const kernel = createKernel({
      release: this.#release,
      ...(sysctl === 0 || sysctl === 1 || sysctl === 2 ? { unprivilegedBpfDisabled: sysctl } : {}),
      ...(facts?.btf === undefined ? {} : { vmlinuxBtf: facts.btf }),
    });
    this.#state = { processes: new Processes(kernel), mounts: new Map(), sent: [] };
    return this.#state;
  }
}

/**
 * Replays a whole trace.
 *
 * @returns the findings in the order of the calls.
 * @example
 * ```ts
 * const findings = replayCalls(events);
 * ```
 */
export function replayCalls(
  events: Iterable<TraceEvent>,
  options: CallReplayOptions = {},
): readonly CallFinding[] {
  const replay = new CallReplay(options);
  try {
    const findings: CallFinding[] = [];
    for (const event of events) findings.push(...replay.add(event));
    return findings;
  } finally {
    replay.close();
  }
}

/** Whether the model has a task for each process of some work. */
function hasRoom(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (BpfError.is(error) && error.syscall === "fork") return false;
    throw error;
  }
}

/** Keeps the model in step: numbers of new descriptors, and what only the model created. */
function settle(call: TracedCall, process: ModelProcess, attempt: Attempt): void {
  if (!createsFd(call)) return;
  const ret = attempt.how === "answered" ? attempt.answer.ret : -1;
  if (call.result >= 0) {
    process.fds.set(call.result, ret >= 0 ? ret : standInFor(process, call));
  } else if (ret >= 0) raw.close(process.task, ret);
}

function createsFd(call: TracedCall): boolean {
  if (call.name === "bpf") return returnsFd(commandIn(call) ?? "");
  return call.name === "fsopen" || call.name === "fsmount" || call.name === "fspick";
}
