// SPDX-License-Identifier: MIT
import { sequenceAbi } from "@bpf-token/kernel-wasm/sdk";

/** A piece of memory that a call gets. */
export interface NoteMemory {
  /** The address, which arguments and pointers in other memory contain. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** The offsets of pointers in the memory. */
  readonly pointers: readonly number[];
}

/** One event of a sequence; `pid` is the number of the process. */
export type SequenceNote =
  | {
      readonly kind: "call";
      readonly pid: number;
      readonly nr: number;
      readonly args: readonly bigint[];
      readonly memory: readonly NoteMemory[];
    }
  | {
      readonly kind: "return";
      readonly pid: number;
      readonly answer: bigint;
      /** The memory of the call, after the call. */
      readonly memory: readonly NoteMemory[];
    }
  | {
      readonly kind:
        | "fork"
        | "exit"
        | "wait"
        | "exec"
        | "send"
        | "open-ns"
        | "sysctl"
        | "settle"
        | "fail"
        | "lsm"
        | "not-modelled"
        // Only for observers: see SequenceMachine.watch().
        | "hook"
        | "count"
        | "direct";
      readonly pid: number;
      readonly args: readonly bigint[];
      readonly answer: bigint;
    };

const { note: NOTE, noteKinds, seqSegment: SEGMENT } = sequenceAbi;

/** Decodes a note in a machine's memory. */
export function readNote(memory: Uint8Array, at: number): SequenceNote {
  const view = new DataView(memory.buffer, memory.byteOffset + at);
  const word = (offset: number): number => view.getUint32(offset, true);
  const kind = noteKinds[word(NOTE.kind)] ?? "settle";
  const pid = word(NOTE.pid);
  const args = Array.from({ length: word(NOTE.nargs) }, (_, i) =>
    view.getBigUint64(NOTE.args + 8 * i, true),
  );
  const answer = view.getBigInt64(NOTE.ret, true);
  if (kind !== "call" && kind !== "return") return { kind, pid, args, answer };
  const segments = Array.from({ length: word(NOTE.nrSegments) }, (_, i) =>
    readMemory(memory, word(NOTE.segments) + SEGMENT.bytes * i),
  );
  if (kind === "return") return { kind, pid, answer, memory: segments };
  return { kind, pid, nr: word(NOTE.nr), args, memory: segments };
}

function readMemory(memory: Uint8Array, at: number): NoteMemory {
  const view = new DataView(memory.buffer, memory.byteOffset + at);
  const start = view.getUint32(SEGMENT.memory, true);
  const size = view.getUint32(SEGMENT.size, true);
  const marks = view.getBigUint64(SEGMENT.pointers, true);
  const pointers = marks === 0n ? [] : pointersOf(marks, size);
  const address = view.getUint32(SEGMENT.address, true);
  return { address, bytes: memory.slice(start, start + size), pointers };
}

function pointersOf(marks: bigint, size: number): readonly number[] {
  return Array.from({ length: 64 }, (_, i) => i)
    .filter((i) => ((marks >> BigInt(i)) & 1n) === 1n && 8 * i + 8 <= size)
    .map((i) => 8 * i);
}
