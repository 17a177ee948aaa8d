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

/** A system call with memory of its own: what was handed in, as it was then. */
export interface RecordedCall extends FlatCall {
  /** What the kernel wrote, by segment, where numbers are to be learnt from it. */
  after?: readonly Uint8Array[];
}

/** What a task did. */
export type Action =
  | { readonly op: "syscall"; readonly call: RecordedCall }
  | { readonly op: "fork" | "exec" | "close" | "settle" }
  | { readonly op: "exit"; readonly status: number }
  | { readonly op: "wait"; readonly child: number }
  | { readonly op: "sendFd"; readonly fd: number; readonly to: number }
  | { readonly op: "openNamespace"; readonly kind: NamespaceKind; readonly of: number }
  | { readonly op: "answer"; readonly hook: LsmHook; readonly answer: LsmAnswer }
  | { readonly op: "writeSysctl"; readonly name: SysctlName; readonly value: number };

/** What a task did, and what the kernel returned. */
export type Operation = Action & { readonly pid: number; readonly ret: number };

/** How many operations are kept; a replay that lacks its beginning is none. */
export const MAX_OPERATIONS: number = 20_000;
/** How many bytes of memory of calls are kept. */
export const MAX_BYTES: number = 16 << 20;

const tooLong = `too long to infer: more than ${MAX_OPERATIONS} calls, or ${MAX_BYTES >> 20} MiB of their memory, since the first task was alone`;

/**
 * Everything that the tasks of a kernel did since only its first task was there. Where that is the
 * case again, and the first task has done nothing but to fork, the past is over and forgotten.
 */
export class Recorder {
  readonly operations: Operation[] = [];
  /** The answer to each task's last operation, and its index; undefined if it was not kept. */
  readonly last: Map<number, { readonly index: number | undefined; readonly ret: number }> =
    new Map();
  readonly #first: number;
  readonly #others = new Set<number>();
  /** Hooks of a security module that do not allow everything. */
  readonly #refusing = new Set<LsmHook>();
  #bytes = 0;
  #gap: string | undefined;
  #dirty = false;
  #pauses = 0;

  /** @param first - pid of the first task. */
  constructor(first: number) {
    this.#first = first;
  }

  /** Whether what happens now is left out, see {@link Recorder.withoutRecording}. */
  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Why nothing more is kept, if that is so. */
  get gap(): string | undefined {
    return this.#gap;
  }

  /**
   * Says that something happened which is not kept: what follows is not, either, until the past is
   * over; or for good, where that does not end what happened.
   */
  recordGap(why: string, forGood: boolean): void {
    if (forGood) this.#dirty = true;
    this.#gap ??= why;
    this.last.clear();
  }

  /** Whether what comes next is the beginning of something new. */
  get isOver(): boolean {
    return !this.#dirty && this.#others.size === 0 && this.#refusing.size === 0;
  }

  /** Whether nothing has happened yet. */
  get isEmpty(): boolean {
    return this.operations.length === 0 && this.#gap === undefined;
  }

  /** Forgets everything. */
  begin(): void {
    this.operations.length = 0;
    this.last.clear();
    this.#bytes = 0;
    this.#gap = undefined;
  }

  /** Does something that is no part of what the tasks do. */
  withoutRecording<T>(work: () => T): T {
    this.#pauses++;
    try {
      return work();
    } finally {
      this.#pauses--;
    }
  }

  /** Copies a call that is about to be made. */
  copyCall(call: FlatCall): RecordedCall | undefined {
    if (this.#pauses > 0 || this.#gap !== undefined) return undefined;
    return { ...call, segments: call.segments.map(copySegment) };
  }

  /** Notes a call that was made, `call` being what {@link Recorder.copyCall} gave for it. */
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

  /** Notes an operation that is no system call. */
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
    // What a kernel or its end does is not the answer to anybody.
    if (["settle", "close", "answer"].includes(operation.op)) return;
    this.last.set(operation.pid, { index, ret: operation.ret });
    if (operation.op === "sendFd") this.last.set(operation.to, { index, ret: operation.ret });
  }
}

function copySegment({ bytes, copyBack }: Segment): Segment {
  return { bytes: bytes.slice(), copyBack };
}

/** Calls whose memory says which number something has. */
function containsNumbers({ entry, args }: FlatCall): boolean {
  if (entry.name !== "bpf") return ["read", "pipe2", "socketpair"].includes(entry.name);
  const [cmd] = args;
  return cmd?.kind === "num" && Number(cmd.value) === BpfCmd.OBJ_GET_INFO_BY_FD;
}
