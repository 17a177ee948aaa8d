// SPDX-License-Identifier: MIT
import type {
  CallSequence,
  Fixup,
  FlatArg,
  FlatCall,
  Segment,
  SequenceStep,
  StepAnswer,
} from "@bpf-token/syscall";
import { type ArgKind, type SyscallEntry, syscallByNr } from "@bpf-token/uapi";
import type { NoteMemory, SequenceNote } from "../machine/notes.js";
import { namespaces, withoutEnd } from "../scenario/scenario-of.js";

type Call = Extract<SequenceNote, { kind: "call" }>;
type Other = Exclude<SequenceNote, { kind: "call" | "return" }>;

/** The answer to one step by the machine that generated the sequence. */
export interface ExpectedAnswer {
  readonly ret: number;
  /** For a call: its memory after the call, by segment. */
  readonly memory: readonly NoteMemory[];
}

/** A sequence that a real kernel can run in one batch, and the answers of the machine. */
export interface ExpectedSequence {
  readonly steps: CallSequence;
  readonly expected: readonly ExpectedAnswer[];
}

/** Returns the same steps as `scenarioOf()`, in the same order. */
export function callSequenceOf(notes: readonly SequenceNote[]): ExpectedSequence {
  const writer = new Writer();
  for (const note of withoutEnd(notes)) if (!writer.add(note)) break;
  return { steps: writer.steps, expected: writer.expected };
}

class Writer {
  readonly steps: SequenceStep[] = [];
  readonly expected: ExpectedAnswer[] = [];
  readonly #tasks = new Map<number, number>();
  readonly #exited = new Set<number>();
  #calling = false;

  /** Returns false for a process that the sequence did not create, which only cleans up. */
  add(note: SequenceNote): boolean {
    if (this.#tasks.size === 0) this.#tasks.set(note.pid, 0);
    const by = this.#tasks.get(note.pid);
    if (by === undefined) return false;
    // In a scenario, a task that has exited makes no call, not even wait.
    if (this.#exited.has(by)) return true;
    if (note.kind === "call") {
      const entry = syscallByNr.get(note.nr);
      this.#calling = entry !== undefined;
      if (entry !== undefined) this.steps.push({ by, op: "call", call: flatCall(entry, note) });
    } else if (note.kind === "return") {
      if (this.#calling) this.expected.push({ ret: Number(note.answer), memory: note.memory });
    } else {
      const step = this.#operation(note, by);
      if (step === undefined) return true;
      this.steps.push(step);
      this.expected.push({ ret: Number(note.answer), memory: [] });
    }
    return true;
  }

  #operation(note: Other, by: number): SequenceStep | undefined {
    const [a = 0n, b = 0n] = note.args;
    switch (note.kind) {
      case "fork": {
        const child = this.#tasks.size;
        this.#tasks.set(Number(note.answer), child);
        return { by, op: "fork", child };
      }
      case "exec":
      case "settle":
        return { by, op: note.kind };
      case "exit":
        this.#exited.add(by);
        return { by, op: "exit", status: 0 };
      case "wait":
        return { by, op: "wait", child: this.#known(a) };
      case "send":
        return { by, op: "send", fd: Number(BigInt.asIntN(32, a)), to: this.#known(b) };
      case "open-ns": {
        const kind = namespaces.get(Number(b));
        return kind && { by, op: "open-namespace", kind, of: this.#known(a) };
      }
      default:
        return undefined;
    }
  }

  #known(pid: bigint): number {
    return this.#tasks.get(Number(pid)) ?? 0;
  }
}

const NULL: FlatArg = { kind: "num", value: 0 };
const BAD: FlatArg = { kind: "bad" };

function flatCall(entry: SyscallEntry, { args, memory }: Call): FlatCall {
  const attr = entry.name === "bpf" ? attrMemory(args) : undefined;
  const segments = memory.map((one): Segment => {
    const bytes = attr?.address === one.address ? grown(one.bytes, attr.size) : one.bytes;
    return { bytes, copyBack: true };
  });
  const fixups: Fixup[] = [];
  const place = (address: bigint): FlatArg => {
    if (address === 0n) return NULL;
    const segment = memory.findIndex((one) => BigInt(one.address) === address);
    return segment < 0 ? BAD : { kind: "seg", segment };
  };
  memory.forEach(({ bytes, pointers }, segment) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const offset of pointers) {
      fixups.push({ segment, offset, to: place(view.getBigUint64(offset, true)) });
    }
  });
  const flat = entry.args.map(({ kind }, i): FlatArg => {
    const value = args[i] ?? 0n;
    if (kind === "ptr" || kind === "str") return place(value);
    return { kind: "num", value: number(value, kind) };
  });
  return { entry, args: flat, segments, fixups };
}

/** Pads the memory of a bpf(2) attribute with zeros to its `size` argument, as a scenario does. */
const ATTR_BYTES = 8192;

function attrMemory(args: readonly bigint[]): { readonly address: number; readonly size: number } {
  const size = Number(BigInt.asUintN(32, args[2] ?? 0n));
  return { address: Number(args[1] ?? 0n), size: Math.min(size, ATTR_BYTES) };
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  if (size <= bytes.length) return bytes;
  const whole = new Uint8Array(size);
  whole.set(bytes);
  return whole;
}

/** Truncates a number to the width of the argument. */
function number(value: bigint, kind: ArgKind): number | bigint {
  if (kind === "fd" || kind === "int") return Number(BigInt.asIntN(32, value));
  if (kind === "uint" || kind === "mode") return Number(BigInt.asUintN(32, value));
  return BigInt.asIntN(64, value);
}

/** Returns whether every answer equals that of the machine, byte for byte, without renaming. */
export function isAlike(
  { steps, expected }: ExpectedSequence,
  answers: readonly StepAnswer[],
): boolean {
  return answers.every((answer, i) =>
    isSame(steps[i] as SequenceStep, expected[i] as ExpectedAnswer, answer),
  );
}

function isSame(step: SequenceStep, { ret, memory }: ExpectedAnswer, answer: StepAnswer): boolean {
  if (answer.error !== undefined) return false;
  if (step.op === "settle") return true;
  if (step.op === "fork") return ret > 0 === answer.ret > 0;
  if (answer.ret !== ret) return false;
  const segments = step.op === "call" ? step.call.segments : [];
  let at = 0;
  for (const [n, { bytes, pointers }] of memory.entries()) {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== answer.memory[at + i] && !pointers.includes(i & ~7)) return false;
    }
    at += segments[n]?.bytes.length ?? 0;
  }
  return true;
}
