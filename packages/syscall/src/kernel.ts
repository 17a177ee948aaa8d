// SPDX-License-Identifier: MIT
import type { CheckId, ErrnoName, Mem, SyscallArg } from "@bpf-token/uapi";
import type { FaultKind, LsmControl } from "./controls.js";

/** What an open file is, as far as a backend can tell. */
export type FdKind =
  | "file"
  | "dir"
  | "fscontext"
  | "token"
  | "map"
  | "prog"
  | "btf"
  | "link"
  | "userns"
  | "mntns"
  | "pipe"
  | "socket"
  | "memfd"
  | "eventfd"
  | "null"
  | "unknown";

/** One open descriptor of a task. */
export interface FdInfo {
  /** The descriptor's number. */
  readonly fd: number;
  /** What it is open on. */
  readonly kind: FdKind;
  /** Whether it closes on exec. */
  readonly cloexec: boolean;
  /** Whether it was opened with O_PATH, so that most calls answer EBADF to it. */
  readonly path: boolean;
}

/** One decision of the kernel on the way to its answer. */
export interface DecisionStep {
  /** Stable id of the check, the same in every release of this project. */
  readonly check: CheckId;
  /** The errno that this check answered; undefined for a silent decision (a token was dropped). */
  readonly errno?: ErrnoName;
  /** Source file and function of the kernel where the check stands. */
  readonly where: string;
  /** One sentence for a person: what was found wanting. */
  readonly sentence: string;
  /** What the check wanted, in words; empty where there is nothing to say. */
  readonly needed: string;
  /** What it saw, in words. */
  readonly present: string;
}

/** Why a call was refused. */
export interface Refusal extends DecisionStep {
  /** `observed`: the kernel told. `inferred`: concluded, by replaying the calls on the model. */
  readonly certainty: "observed" | "inferred";
  /** Every decision of the call in order, the refusing one last; silent ones are the usual cause. */
  readonly chain: readonly DecisionStep[];
}

/** One call that was made again on a model, and what came of it there. */
export interface ReplayStep {
  /** Counts the calls and operations that were recorded, from 0. */
  readonly index: number;
  /** What was called and by whom, as `bpf(BPF_MAP_CREATE) by task 5`. */
  readonly call: string;
  /** What the real kernel answered: the name of an errno, or a number. */
  readonly real: string;
  /** What the model answers. */
  readonly model: string;
}

/** A model does not answer as the real kernel did. One of the two does what nobody expected. */
export interface ReplayDivergence {
  /** The call that was asked about. */
  readonly at: ReplayStep;
  /** Where model and kernel first differed: often the same call, else likely the cause. */
  readonly first: ReplayStep;
}

/** Why nobody can say which check refused a call. */
export interface Unexplained {
  /** One sentence. */
  readonly reason: string;
  /** If it is that the model does not answer as the kernel did. */
  readonly divergence?: ReplayDivergence;
}

/** A namespace that can be opened as a descriptor. */
export type NamespaceKind = "user" | "mnt";

/**
 * A process of a kernel: the one door to it, and the operations that are not system calls.
 *
 * Raw calls return the kernel's number, zero or more for success and `-errno` for a refusal; they
 * throw only for misuse (a closed task, a wrong kind of argument), for a call that the backend does
 * not have ({@link NotModelledError}) and when the kernel is gone ({@link KernelLostError}).
 */
export interface Task extends Disposable {
  /** The kernel that this task lives on. */
  readonly kernel: Kernel;
  /** Its process id, in the PID namespace of the backend. Differs between backends. */
  readonly pid: number;
  /** Whether the task has exited or was closed. */
  readonly closed: boolean;
  /**
   * Makes one system call.
   *
   * @param nr - the number on x86-64, the name of the table in `@bpf-token/uapi`.
   * @param args - numbers, and pointers as memory; missing ones are 0.
   * @returns what the kernel answered: ≥ 0, or `-errno`.
   */
  syscall(nr: number, ...args: readonly SyscallArg[]): number;
  /**
   * bpf(2) without waiting for it, where a backend can: for loads that take seconds.
   *
   * @returns a promise of what {@link Task.syscall} would answer.
   */
  bpfAsync?(cmd: number, attr: Uint8Array | Mem, size?: number): Promise<number>;
  /** Forks: a child with copies of all descriptors and the same namespaces and credentials. */
  fork(): Task;
  /**
   * Executes a program without changing what the task does: descriptors with CLOEXEC close, and
   * capabilities follow the rules of execve(2).
   *
   * @returns 0 or `-errno`.
   */
  exec(): number;
  /** Ends the task; its descriptors close. */
  exit(status?: number): void;
  /**
   * Waits for a child that has exited and reaps it.
   *
   * @returns its exit status 0…255, or `-errno` (ECHILD).
   */
  wait(child: Task): number;
  /**
   * Passes a descriptor to another task of the same kernel, as SCM_RIGHTS does.
   *
   * @returns the new descriptor in `to`, or `-errno`.
   */
  sendFd(fd: number, to: Task): number;
  /**
   * Opens a namespace of a task, as `/proc/PID/ns/NAME` would.
   *
   * @returns a descriptor with CLOEXEC, or `-errno`.
   */
  openNamespace(kind: NamespaceKind, of?: Task): number;
  /**
   * Why this task's last call was refused; undefined if it was not, or if nobody can say:
   * {@link Task.unexplained} tells why. A kernel that does not say itself may have a model beside it,
   * which is asked now: {@link Refusal.certainty} is `inferred` then.
   */
  refusal(): Refusal | undefined;
  /** Why {@link Task.refusal} has nothing to say of a last call that was refused. */
  unexplained?(): Unexplained | undefined;
  /** Every decision that the kernel recorded during this task's last call, silent ones included. */
  decisions(): readonly DecisionStep[];
  /** Ends the task if it still runs and reaps it. May be called again. */
  close(): void;
}

/** What a backend can do beyond the calls that all have. */
export interface KernelFeatures {
  /** Refusals are named by the kernel itself. */
  readonly refusals: boolean;
  /** Sysctls can be written ({@link Kernel.writeSysctl}). */
  readonly sysctl: boolean;
  /** Answers of LSM hooks can be set. */
  readonly lsm: boolean;
  /** Allocations and the like can be made to fail. */
  readonly faults: boolean;
}

/** A sysctl that decides about BPF. */
export type SysctlName = "kernel.unprivileged_bpf_disabled";

/** A kernel: something that answers system calls of tasks. */
export interface Kernel extends Disposable {
  /** Which backend this is: `model`, `native`, … */
  readonly backend: string;
  /** The release it is or follows, as `uname -r` or as a `KernelRelease`. */
  readonly release: string;
  /** What it can do beyond calls. */
  readonly features: KernelFeatures;
  /** The first task: root in the first user namespace, with every capability the backend has. */
  readonly init: Task;
  /** Whether {@link Kernel.close} was called. */
  readonly closed: boolean;
  /** The open descriptors of a task, in order of number. */
  openFds(task: Task): readonly FdInfo[];
  /** Runs deferred work (the release of tokens and namespaces) to its end. */
  settle(): void;
  /** Reads a sysctl. */
  readSysctl(name: SysctlName): number;
  /**
   * Writes a sysctl as `task` would; backends without {@link KernelFeatures.sysctl} throw
   * {@link NotModelledError}.
   *
   * @returns 0 or `-errno`.
   */
  writeSysctl(task: Task, name: SysctlName, value: number): number;
  /** What a security module answers; only with {@link KernelFeatures.lsm}. */
  readonly lsm?: LsmControl | undefined;
  /**
   * Makes the n-th next request of a kind fail, once; only with {@link KernelFeatures.faults}.
   *
   * @param n - 1 for the next one; 0 turns it off.
   * @returns how many requests were still to come of what was set before; 0 once it has failed.
   */
  failNth?(kind: FaultKind, n: number): number;
  /** Ends every task and frees the kernel. May be called again. */
  close(): void;
}
