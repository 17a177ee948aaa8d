// SPDX-License-Identifier: MIT
import { Errno, type ErrnoName, errnoName, pageOf } from "@bpf-token/uapi";
import type { Refusal, Task } from "./kernel.js";
import type { Unexplained } from "./unexplained.js";

/** The call that failed: the first words of an error message. */
export interface CallInfo {
  /** Name of the system call or process operation: `bpf`, `fsconfig`, `fork`. */
  readonly syscall: string;
  /** The command or the most informative argument: `BPF_MAP_CREATE`, `delegate_cmds`. */
  readonly cmd?: string;
}

/**
 * A kernel refused a call.
 *
 * `errno` is positive, as in errno(3); Node's own errors carry it negative. `code` is its name, as
 * in Node's system errors. The message is one line: the call, the errno, the cause and its
 * consequence, each with its check, and the page about the cause (`pageOf` of `@bpf-token/uapi`):
 * `bpf(BPF_MAP_CREATE): EPERM: the token does not allow the map type, so the kernel ignores the token
 * [token.dropped.map]; without the token: creating a map needs CAP_BPF [map.create.sysctl]; see
 * checks/token.dropped.map.html`.
 * If the call had a {@link KernelLog}, the kernel's own sentence comes first.
 *
 * @example
 * ```ts
 * try {
 *   createToken(app, bpffs);
 * } catch (e) {
 *   if (!BpfError.is(e, "EPERM")) throw e;
 *   console.log(e.refusal?.check, e.refusal?.needed);
 * }
 * ```
 */
export class BpfError extends Error {
  override readonly name = "BpfError" as const;
  /** Name of the system call or process operation. */
  readonly syscall: string;
  /** The command or the most informative argument, if there is one. */
  readonly cmd: string | undefined;
  /** The error number, positive. */
  readonly errno: number;
  /** Name of the errno; `E` and the number if the errno has no name. */
  readonly code: ErrnoName | `E${number}`;
  /** The check that refused, if the backend knows it. */
  readonly refusal: Refusal | undefined;
  /** Why {@link BpfError.refusal} is missing, if the backend knows it. */
  readonly unexplained: Unexplained | undefined;
  /** The kernel's own words, if the call had a {@link KernelLog}; else empty. */
  readonly log: string;

  constructor(
    call: CallInfo,
    errno: number,
    refusal?: Refusal,
    unexplained?: Unexplained,
    log = "",
  ) {
    const code = errnoName(errno) ?? (`E${Math.abs(errno)}` as const);
    super(messageOf(call, code, refusal, unexplained, log));
    this.syscall = call.syscall;
    this.cmd = call.cmd;
    this.errno = Math.abs(errno);
    this.code = code;
    this.refusal = refusal;
    this.unexplained = unexplained;
    this.log = log;
  }

  /** Returns whether `e` is a `BpfError` and, if `code` is given, whether it has that code. */
  static is(e: unknown, code?: ErrnoName): e is BpfError {
    return e instanceof BpfError && (code === undefined || e.errno === Errno[code]);
  }
}

function messageOf(
  call: CallInfo,
  code: string,
  refusal: Refusal | undefined,
  unexplained: Unexplained | undefined,
  log: string,
): string {
  const called = `${call.syscall}${call.cmd === undefined ? "" : `(${call.cmd})`}: ${code}`;
  // A log of several lines is a report, which the caller prints.
  const said = log === "" || log.includes("\n") ? "" : `: the kernel says "${log}"`;
  const head = `${called}${said}`;
  // Mention an unknown reason only if the kernel and the model disagree.
  if (unexplained?.divergence !== undefined) return `${head}: ${unexplained.reason}`;
  if (refusal === undefined) return head;
  const guess = refusal.certainty === "inferred" ? "?" : "";
  const { cause } = refusal;
  const page = `; see ${pageOf(cause.check)}`;
  const refused = `${refusal.sentence} [${refusal.check}${guess}]${page}`;
  if (cause.errno !== undefined) return `${head}: ${refused}`;
  const link = cause.check.startsWith("token.dropped.") ? "without the token" : "then";
  return `${head}: ${cause.sentence} [${cause.check}]; ${link}: ${refused}`;
}

/**
 * Converts the return value of a raw call into a value or an error.
 *
 * @param log - what the kernel wrote into the {@link KernelLog} of the call.
 * @returns `ret` if it is ≥ 0.
 * @throws BpfError otherwise, with the reason that the task's kernel gives.
 * @example
 * ```ts
 * const fd = check(task, { syscall: "openat", cmd: path }, raw.openat(task, -100, path, 0, 0));
 * ```
 */
export function check(task: Task, call: CallInfo, ret: number, log = ""): number {
  if (ret >= 0) return ret;
  throw refused(task, call, -ret, log);
}

/**
 * Builds the error for a call of `task` that the kernel just refused, with the kernel's reason.
 * Call it before the task makes another call.
 *
 * @param log - what the kernel wrote into the {@link KernelLog} of the call.
 * @example
 * ```ts
 * if (ret < 0) throw refused(task, { syscall: "mount", cmd: path }, -ret);
 * ```
 */
export function refused(task: Task, call: CallInfo, errno: number, log = ""): BpfError {
  const refusal = task.refusal();
  return new BpfError(call, errno, refusal, refusal ? undefined : task.unexplained?.(), log);
}
