// SPDX-License-Identifier: MIT
import type {
  FlatCall,
  LsmAnswer,
  LsmHook,
  NamespaceKind,
  Segment,
  SysctlName,
} from "@bpf-token/syscall";
import { BpfCmd } from "@bpf-token/uapi";

/** A system call with a copy of its memory from before the call. */
export interface RecordedCall extends FlatCall {
  /** What the kernel wrote, by segment; present if the replay can learn numbers from it. */
  after?: readonly Uint8Array[];
}

/** An operation of a task. */
export type Action =
  | { readonly op: "syscall"; readonly call: RecordedCall }
  | { readonly op: "fork" | "exec" | "close" | "settle" }
  | { readonly op: "exit"; readonly status: number }
  | { readonly op: "wait"; readonly child: number }
  | { readonly op: "sendFd"; readonly fd: number; readonly to: number }
  | { readonly op: "openNamespace"; readonly kind: NamespaceKind; readonly of: number }
  | { readonly op: "answer"; readonly hook: LsmHook; readonly answer: LsmAnswer }
  | { readonly op: "writeSysctl"; readonly name: SysctlName; readonly value: number };

/** An operation and the kernel's return value. */
export type Operation = Action & { readonly pid: number; readonly ret: number };

/**
 * Maximum number of recorded operations. A replay needs the whole recording, so a longer one is not
 * replayed.
 *
 * @example
 * ```ts
 * const canReplay = operations <= MAX_OPERATIONS;
 * ```
 */
export const MAX_OPERATIONS: number = 20_000;
/**
 * Maximum size in bytes of the recorded calls' memory.
 *
 * @example
 * ```ts
 * console.log(`${MAX_BYTES >> 20} MiB`); // "16 MiB"
 * ```
 */
export const MAX_BYTES: number = 16 << 20;

const tooLong = `too long to infer: more than ${MAX_OPERATIONS} calls, or ${MAX_BYTES >> 20} MiB of their memory, since only the first task existed`;

/**
 * Records all operations since only the first task existed. When that is the case again, and the
 * first task has only forked, the recording is over and a new one starts.
 */
export class Recorder {
  readonly operations: Operation[] = [];
  /** Return value and index of each task's last operation; no index if it was not recorded. */
  readonly last: Map<number, { readonly index: number | undefined; readonly ret: number }> =
    new Map();
  readonly #first: number;
  readonly #others = new Set<number>();
  /** LSM hooks whose answer is not 0. */
  readonly #refusing = new Set<LsmHook>();
  #bytes = 0;
  #gap: string | undefined;
  #dirty = false;
  #pauses = 0;

  /** @param first - pid of the first task. */
  constructor(first: number) {
    this.#first = first;
  }

  /** Whether operations are not recorded now; see {@link Recorder.withoutRecording}. */
  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Why nothing more is recorded; undefined if recording continues. */
  get gap(): string | undefined {
    return this.#gap;
  }

  /**
   * Records that something happened which cannot be replayed. Nothing more is recorded until the
   * recording is over.
   *
   * @param forGood - whether the effect outlasts all tasks, so that recording never starts again.
   */
  recordGap(why: string, forGood: boolean): void {
    if (forGood) this.#dirty = true;
    this.#gap ??= why;
    this.last.clear();
  }

  /** Whether the next operation starts a new recording. */
  get isOver(): boolean {
    return !this.#dirty && this.#others.size === 0 && this.#refusing.size === 0;
  }

  /** Whether nothing happened yet. */
  get isEmpty(): boolean {
    return this.operations.length === 0 && this.#gap === undefined;
  }

  /** Starts a new recording. */
  begin(): void {
    this.operations.length = 0;
    this.last.clear();
    this.#bytes = 0;
    this.#gap = undefined;
  }

  /** Runs calls that are not operations of a task. */
  withoutRecording<T>(work: () => T): T {
    this.#pauses++;
    try {
      return work();
    } finally {
      this.#pauses--;
    }
  }

  /** Copies a call before it is made. */
  copyCall(call: FlatCall): RecordedCall | undefined {
    if (this.#pauses > 0 || this.#gap !== undefined) return undefined;
    return { ...call, segments: call.segments.map(copySegment) };
  }

  /**
   * Records a call after it was made.
   *
   * @param call - the copy that {@link Recorder.copyCall} returned.
   */
  recordCall(pid: number, made: FlatCall, call: RecordedCall | undefined, ret: number): void {
    if (this.#pauses > 0) return;
    if (pid === this.#first) this.#dirty = true;
    if (call === undefined) {
      this.last.set(pid, { index: undefined, ret });
      return;
    }
    if (ret >= 0 && containsNumbers(call))
      call.after = made.segments.map(({ bytes }) => bytes.slice());
    for (const { bytes } of call.segments) this.#bytes += bytes.length;
    this.#add({ op: "syscall", call, pid, ret });
  }

  /** Records an operation that is not a system call. */
  recordOperation(operation: Operation): void {
    if (this.#pauses > 0) return;
    if (operation.op === "fork" && operation.ret >= 0) this.#others.add(operation.ret);
    if (operation.op === "close") this.#others.delete(operation.pid);
    if (operation.op === "wait" && operation.ret >= 0) this.#others.delete(operation.child);
    if (operation.op === "answer" && operation.answer !== 0) this.#refusing.add(operation.hook);
    if (operation.op === "answer" && operation.answer === 0) this.#refusing.delete(operation.hook);
    const changes = ["exec", "sendFd", "openNamespace"].includes(operation.op);
    if (changes && operation.pid === this.#first) this.#dirty = true;
    this.#add(operation);
  }

  #add(operation: Operation): void {
    const index = this.#gap === undefined ? this.operations.push(operation) - 1 : undefined;
    if (this.operations.length >= MAX_OPERATIONS || this.#bytes >= MAX_BYTES) this.#gap ??= tooLong;
    // These operations have no answer that a task could ask about.
    if (["settle", "close", "answer"].includes(operation.op)) return;
    this.last.set(operation.pid, { index, ret: operation.ret });
    if (operation.op === "sendFd") this.last.set(operation.to, { index, ret: operation.ret });
  }
}

function copySegment({ bytes, copyBack }: Segment): Segment {
  return { bytes: bytes.slice(), copyBack };
}

/** Whether the kernel writes fd numbers or object ids into the call's memory. */
function containsNumbers({ entry, args }: FlatCall): boolean {
  if (entry.name !== "bpf") return ["read", "pipe2", "socketpair"].includes(entry.name);
  const [cmd] = args;
  return cmd?.kind === "num" && Number(cmd.value) === BpfCmd.OBJ_GET_INFO_BY_FD;
}
