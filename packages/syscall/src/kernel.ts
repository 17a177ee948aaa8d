// SPDX-License-Identifier: MIT
import type { CheckId, ErrnoName, Mem, NeededBit, SyscallArg } from "@bpf-token/uapi";
import type { FaultKind, LsmControl } from "./controls.js";
import type { Unexplained } from "./unexplained.js";

/** The kind of an open file, as far as a backend knows it. */
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

/** One open file descriptor of a task. */
export interface FdInfo {
  /** The descriptor's number. */
  readonly fd: number;
  /** The kind of the open file. */
  readonly kind: FdKind;
  /** Whether execve(2) closes the file descriptor. */
  readonly cloexec: boolean;
  /** Whether the file was opened with O_PATH; most calls answer EBADF to such a file descriptor. */
  readonly path: boolean;
}

/** A bit of a delegate mask, or a capability, that a check required and did not find. */
export type MissingRight =
  | { readonly axis: NeededBit["axis"]; readonly bit: number }
  | {
      readonly axis: "caps";
      /** The number of the capability. */
      readonly bit: number;
      /** The model's number of the user namespace in which it is required; 1 is the initial one. */
      readonly owner: number;
      /** The model's number of the caller's user namespace; 0 if the check recorded none. */
      readonly caller: number;
    };

/** One decision that the kernel made during a call. */
export interface DecisionStep {
  /** Stable id of the check, the same in every release of this project. */
  readonly check: CheckId;
  /**
   * The errno that this check returned; undefined for a silent decision, for example an ignored
   * token.
   */
  readonly errno?: ErrnoName;
  /** Source file and function of the kernel that contain the check. */
  readonly where: string;
  /** What the check found, in one sentence. */
  readonly sentence: string;
  /** What the check requires, to print; empty if the check recorded nothing. */
  readonly needed: string;
  /** What the check found instead, to print; empty if the check recorded nothing. */
  readonly present: string;
  /** What is missing, as data; absent if it is neither a bit of a mask nor a capability. */
  readonly missing?: MissingRight;
  /** What to change, in one clause; missing where the sentence contains it. */
  readonly fix?: string;
}

/** Why a call was refused. */
export interface Refusal extends DecisionStep {
  /**
   * `observed`: the kernel recorded the reason. `inferred`: bpf-token replayed the calls on the
   * model.
   */
  readonly certainty: "observed" | "inferred";
  /**
   * The decision to change: the first silent one, such as an ignored token, else the refusing one.
   */
  readonly cause: DecisionStep;
  /**
   * All decisions of the call in order; the refusing one is last. Silent ones are the usual cause.
   */
  readonly chain: readonly DecisionStep[];
}

/** A namespace that a task can open as a file descriptor. */
export type NamespaceKind = "user" | "mnt";

/**
 * A process of a kernel. A task makes system calls and has the operations that are not system
 * calls.
 *
 * Raw calls return the kernel's number: zero or more for success, `-errno` for a refusal. They
 * throw only for misuse (a closed task, an argument of the wrong kind), for a call that the backend
 * does not have ({@link NotModelledError}), for a call that safety rules forbid ({@link
 * SafetyError}), and when the kernel is gone ({@link KernelLostError}).
 *
 * @example
 * ```ts
 * const child = kernel.init.fork();
 * const ret = child.syscall(39); // getpid
 * child.close();
 * ```
 */
export interface Task extends Disposable {
  /** The kernel that runs this task. */
  readonly kernel: Kernel;
  /** Process id in the backend's PID namespace. It differs between backends. */
  readonly pid: number;
  /** Whether the task has exited or was closed. */
  readonly closed: boolean;
  /**
   * Makes one system call.
   *
   * @param nr - the number on x86-64; `syscallByName` of `@bpf-token/uapi` has them by name.
   * @param args - numbers, and memory for pointers; missing arguments are 0.
   * @returns the kernel's return value: ≥ 0, or `-errno`.
   */
  syscall(nr: number, ...args: readonly SyscallArg[]): number;
  /**
   * Makes a bpf(2) call without blocking the event loop, for loads that take seconds. Only some
   * backends have it.
   *
   * @returns a promise of the value that {@link Task.syscall} would return.
   */
  bpfAsync?(cmd: number, attr: Uint8Array | Mem, size?: number): Promise<number>;
  /**
   * Forks. The child has copies of all file descriptors, the same namespaces and the same
   * credentials.
   */
  fork(): Task;
  /**
   * Executes a program without changing the code that the task runs: file descriptors with CLOEXEC
   * close, and capabilities follow the rules of execve(2).
   *
   * @returns 0 or `-errno`.
   */
  exec(): number;
  /**
   * Changes the process id that BPF programs see (`bpf_get_current_pid_tgid`), for a task that stands
   * for a process of the host. Only some backends have it.
   */
  showAs?(pid: number): void;
  /** Ends the task and closes its file descriptors. */
  exit(status?: number): void;
  /**
   * Waits for a child that has exited and reaps it.
   *
   * @returns its exit status 0…255, or `-errno` (ECHILD).
   */
  wait(child: Task): number;
  /**
   * Passes a file descriptor to another task of the same kernel, as SCM_RIGHTS does.
   *
   * @returns the new file descriptor number in `to`, or `-errno`.
   */
  sendFd(fd: number, to: Task): number;
  /**
   * Opens a namespace of a task, as open("/proc/PID/ns/NAME") does.
   *
   * @returns a file descriptor with CLOEXEC, or `-errno`.
   */
  openNamespace(kind: NamespaceKind, of?: Task): number;
  /**
   * Returns why the kernel refused this task's last call.
   *
   * A kernel that gives no reasons may have an attached model. This method then replays the calls
   * on the model, and {@link Refusal.certainty} is `inferred`.
   *
   * @returns undefined if the call succeeded, or if the reason is unknown; {@link Task.unexplained}
   *   then returns why it is unknown.
   */
  refusal(): Refusal | undefined;
  /** Returns why {@link Task.refusal} has no reason for a refused call. */
  unexplained?(): Unexplained | undefined;
  /**
   * Returns every decision that the kernel recorded during this task's last call, including silent
   * ones.
   */
  decisions(): readonly DecisionStep[];
  /** Ends the task if it still runs and reaps it. Further calls have no effect. */
  close(): void;
}

/** Optional features of a backend. */
export interface KernelFeatures {
  /** Whether the kernel itself names the check that refused a call. */
  readonly refusals: boolean;
  /** Whether sysctls can be written ({@link Kernel.writeSysctl}). */
  readonly sysctl: boolean;
  /** Whether the answers of LSM hooks can be set ({@link Kernel.lsm}). */
  readonly lsm: boolean;
  /** Whether faults can be injected ({@link Kernel.failNth}). */
  readonly faults: boolean;
  /** Whether Linux's own verifier checks programs. The model has a part of it, and no upstream source has it. */
  readonly verifier: boolean;
  /** Whether callers may change RLIMIT_NOFILE and use up all file descriptors. Only the model is made for that. */
  readonly fileLimits: boolean;
}

/** The whole state of a kernel at one moment. Only the kernel that created it can restore it. */
export interface Snapshot {
  /** Size of the memory in the snapshot, in bytes. */
  readonly size: number;
}

/** A sysctl that affects bpf(). */
export type SysctlName = "kernel.unprivileged_bpf_disabled";

/**
 * A kernel that answers the system calls of its tasks.
 *
 * @example
 * ```ts
 * using kernel: Kernel = createKernel();
 * console.log(kernel.backend, kernel.release, kernel.openFds(kernel.init));
 * ```
 */
export interface Kernel extends Disposable {
  /** Name of the backend: `model`, `native`, … */
  readonly backend: string;
  /**
   * The release of the kernel, as in `uname -r`; for the model, the `KernelRelease` that it
   * follows.
   */
  readonly release: string;
  /** The optional features of this backend. */
  readonly features: KernelFeatures;
  /**
   * The first task: root in the initial user namespace, with every capability that the backend has.
   */
  readonly init: Task;
  /** Whether {@link Kernel.close} was called. */
  readonly closed: boolean;
  /** Returns the open file descriptors of a task, sorted by number. */
  openFds(task: Task): readonly FdInfo[];
  /** Runs all deferred work, for example freeing tokens and namespaces. */
  settle(): void;
  /** Reads a sysctl. */
  readSysctl(name: SysctlName): number;
  /**
   * Writes a sysctl on behalf of `task`.
   *
   * @returns 0 or `-errno`.
   * @throws NotModelledError if the backend has no {@link KernelFeatures.sysctl}.
   */
  writeSysctl(task: Task, name: SysctlName, value: number): number;
  /** The kernel's own BTF, for loaders, if the backend has it and no file of the kernel does. */
  readonly btf?: Uint8Array | undefined;
  /** The kernel's configuration as text, if the backend has it and no file of the kernel does. */
  readonly config?: string | undefined;
  /** Copies the whole state of the kernel. Kernels in WebAssembly modules can. */
  snapshot?(): Snapshot;
  /**
   * Restores the state of a snapshot, any number of times. Present with {@link Kernel.snapshot}.
   *
   * @throws an error if the snapshot belongs to another kernel.
   */
  restore?(snapshot: Snapshot): void;
  /** Controls the security module; present only with {@link KernelFeatures.lsm}. */
  readonly lsm?: LsmControl | undefined;
  /**
   * Makes the n-th next request of a kind fail, once. Present only with {@link
   * KernelFeatures.faults}.
   *
   * @param n - 1 for the next request; 0 turns the fault off.
   * @returns how many requests were left until the previously set fault; 0 if it already fired.
   */
  failNth?(kind: FaultKind, n: number): number;
  /** Ends every task and frees the kernel. Further calls have no effect. */
  close(): void;
}
