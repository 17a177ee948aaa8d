// SPDX-License-Identifier: MIT
import { Errno, type ErrnoName, errnoName } from "@bpf-token/uapi";
import type { Refusal, Task, Unexplained } from "./kernel.js";

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
 * consequence, each with its check:
 * `bpf(BPF_MAP_CREATE): EPERM: the token does not allow the map type, so the kernel ignores the token
 * [token.dropped.map]; without the token: creating a map needs CAP_BPF [map.create.sysctl]`.
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

  constructor(call: CallInfo, errno: number, refusal?: Refusal, unexplained?: Unexplained) {
    const code = errnoName(errno) ?? (`E${Math.abs(errno)}` as const);
    super(messageOf(call, code, refusal, unexplained));
    this.syscall = call.syscall;
    this.cmd = call.cmd;
    this.errno = Math.abs(errno);
    this.code = code;
    this.refusal = refusal;
    this.unexplained = unexplained;
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
): string {
  const head = `${call.syscall}${call.cmd === undefined ? "" : `(${call.cmd})`}: ${code}`;
  // Mention an unknown reason only if the kernel and the model disagree.
  if (unexplained?.divergence !== undefined) return `${head}: ${unexplained.reason}`;
  if (refusal === undefined) return head;
  const guess = refusal.certainty === "inferred" ? "?" : "";
  const cause = refusal.chain.find((step) => step.errno === undefined) ?? refusal;
  const refused = `${refusal.sentence} [${refusal.check}${guess}]`;
  if (cause === refusal) return `${head}: ${refused}`;
  const link = cause.check.startsWith("token.dropped.") ? "without the token" : "then";
  return `${head}: ${cause.sentence} [${cause.check}]; ${link}: ${refused}`;
}

/**
 * Converts the return value of a raw call into a value or an error.
 *
 * @returns `ret` if it is ≥ 0.
 * @throws BpfError otherwise, with the reason that the task's kernel gives.
 * @example
 * ```ts
 * const fd = check(task, { syscall: "openat", cmd: path }, raw.openat(task, -100, path, 0, 0));
 * ```
 */
export function check(task: Task, call: CallInfo, ret: number): number {
  if (ret >= 0) return ret;
  throw refused(task, call, -ret);
}

/**
 * Builds the error for a call of `task` that the kernel just refused, with the kernel's reason.
 * Call it before the task makes another call.
 *
 * @example
 * ```ts
 * if (ret < 0) throw refused(task, { syscall: "mount", cmd: path }, -ret);
 * ```
 */
export function refused(task: Task, call: CallInfo, errno: number): BpfError {
  const refusal = task.refusal();
  return new BpfError(call, errno, refusal, refusal ? undefined : task.unexplained?.());
}
