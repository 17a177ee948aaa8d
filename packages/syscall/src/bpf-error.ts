// SPDX-License-Identifier: MIT
import { Errno, type ErrnoName, errnoName } from "@bpf-token/uapi";
import type { Refusal, Task, Unexplained } from "./kernel.js";

/** What was called, for the first words of an error. */
export interface CallInfo {
  /** Name of the system call or process operation: `bpf`, `fsconfig`, `fork`. */
  readonly syscall: string;
  /** The command or the most telling argument: `BPF_MAP_CREATE`, `delegate_cmds`. */
  readonly cmd?: string;
}

/**
 * A kernel said no.
 *
 * `errno` is positive as in errno(3); Node's own errors carry it negative. `code` is the name, the
 * same property that Node's system errors have. The message is one line: the call, the errno, the
 * cause and its consequence, each with its check:
 * `bpf(BPF_MAP_CREATE): EPERM: the token does not allow the map type, so the kernel ignores the token
 * [token.dropped.map]; without the token: creating a map needs CAP_BPF [map.create.sysctl]`.
 */
export class BpfError extends Error {
  override readonly name = "BpfError" as const;
  /** Name of the system call or process operation. */
  readonly syscall: string;
  /** The command or the most telling argument, if there is one. */
  readonly cmd: string | undefined;
  /** The error number, positive. */
  readonly errno: number;
  /** Its name; `E` and the number for one that has none. */
  readonly code: ErrnoName | `E${number}`;
  /** Which check said no, if the backend can tell. */
  readonly refusal: Refusal | undefined;
  /** Why there is no {@link BpfError.refusal}, if the backend can tell. */
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

  /** Whether `e` is a refusal by a kernel, and, if `code` is given, that one. */
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
  // That nobody knows is no news; that kernel and model disagree is.
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
 * Turns a raw answer into a value or an error.
 *
 * @returns `ret` if it is ≥ 0.
 * @throws BpfError otherwise, with the reason that the task's kernel gives.
 */
export function check(task: Task, call: CallInfo, ret: number): number {
  if (ret >= 0) return ret;
  throw refused(task, call, -ret);
}

/** The error for a call of a task that was just refused, with what its kernel says of the reason. */
export function refused(task: Task, call: CallInfo, errno: number): BpfError {
  const refusal = task.refusal();
  return new BpfError(call, errno, refusal, refusal ? undefined : task.unexplained?.());
}
