// SPDX-License-Identifier: MIT
import {
  BAD_ADDRESS,
  type Mem,
  type Ptr,
  type SyscallArg,
  type SyscallEntry,
  syscallByNr,
} from "@bpf-token/uapi";
import { NotModelledError } from "./errors.js";

/** A piece of user memory of one call. */
export interface Segment {
  /** The bytes before the call; the kernel's writes go back here if {@link Segment.copyBack}. */
  readonly bytes: Uint8Array;
  /** Whether the kernel may write: then the bytes are copied back after the call. */
  readonly copyBack: boolean;
}

/** An address inside a segment that must be filled in. */
export interface Fixup {
  /** Index of the segment that holds the pointer. */
  readonly segment: number;
  /** Byte offset of the pointer in it. */
  readonly offset: number;
  /** What it points at. */
  readonly to: FlatArg;
}

/** One argument: a number, the address of a segment, or the address that always faults. */
export type FlatArg =
  | { readonly kind: "num"; readonly value: number | bigint }
  | { readonly kind: "seg"; readonly segment: number }
  | { readonly kind: "bad" };

/** A call taken apart into numbers, memory and addresses: what every backend's marshaller eats. */
export interface FlatCall {
  /** The call's entry in the system call table. */
  readonly entry: SyscallEntry;
  /** As many arguments as the entry has. */
  readonly args: readonly FlatArg[];
  /** The memory, each piece once. */
  readonly segments: readonly Segment[];
  /** Addresses to be filled in. */
  readonly fixups: readonly Fixup[];
}

const NULL: FlatArg = { kind: "num", value: 0 };
const BAD: FlatArg = { kind: "bad" };
const MIN = -(2n ** 63n);
const MAX = 2n ** 64n - 1n;
const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Takes a call apart. The only place where arguments are looked at: both backends and the trace use
 * it, so that they see the same call.
 *
 * @param backend - name for errors.
 * @throws TypeError for arguments that fit no kernel (a string where a number belongs, an address
 *   as a number, a detached buffer); NotModelledError for a call that is not in the table.
 */
export function flatten(backend: string, nr: number, args: readonly SyscallArg[]): FlatCall {
  const entry = syscallByNr.get(nr);
  if (entry === undefined) throw new NotModelledError(backend, `syscall ${nr}`);
  if (args.length > entry.args.length) {
    throw new TypeError(
      `${entry.name} takes ${entry.args.length} arguments, ${args.length} were given`,
    );
  }
  const memory = new Flattener(entry.name);
  const flat = entry.args.map((spec, i) => {
    const value = args[i] ?? (spec.kind === "ptr" || spec.kind === "str" ? null : 0);
    const place = `argument '${spec.name}'`;
    if (typeof value === "number" || typeof value === "bigint") {
      const pointer = spec.kind === "ptr" || spec.kind === "str";
      return memory.number(value, place, pointer);
    }
    if (spec.kind !== "ptr" && spec.kind !== "str" && spec.kind !== "ulong") {
      throw new TypeError(`${entry.name}: ${place} must be a number`);
    }
    return memory.pointer(value, place, spec.kind === "str" || spec.dir === "in");
  });
  return { entry, args: flat, segments: memory.segments, fixups: memory.fixups };
}

/** Collects the memory of one call; the same object handed in twice is the same memory. */
class Flattener {
  readonly segments: Segment[] = [];
  readonly fixups: Fixup[] = [];
  readonly #seen = new Map<object, FlatArg>();
  readonly #call: string;

  constructor(call: string) {
    this.#call = call;
  }

  number(value: number | bigint, place: string, pointer: boolean): FlatArg {
    if (typeof value === "bigint" ? value < MIN || value > MAX : !Number.isSafeInteger(value)) {
      throw new TypeError(`${this.#call}: ${place} is not a 64-bit integer: ${value}`);
    }
    if (pointer && Number(value) !== 0) {
      throw new TypeError(
        `${this.#call}: ${place} is a pointer; give null, memory or BAD_ADDRESS, not a number`,
      );
    }
    return { kind: "num", value };
  }

  pointer(ptr: Ptr, place: string, readOnly: boolean): FlatArg {
    if (ptr === null) return NULL;
    if (ptr === BAD_ADDRESS) return BAD;
    if (typeof ptr === "string") return this.#add(cString(ptr), false);
    if (typeof ptr !== "object") {
      throw new TypeError(`${this.#call}: ${place} is neither memory nor a number`);
    }
    const seen = this.#seen.get(ptr);
    if (seen !== undefined) return seen;
    const mem: Mem = ptr instanceof Uint8Array ? { bytes: ptr } : ptr;
    checkBytes(this.#call, place, mem.bytes);
    const arg = this.#add(mem.bytes, mem.dir === undefined ? !readOnly : mem.dir !== "in");
    this.#seen.set(ptr, arg);
    if (arg.kind === "seg") this.#slots(mem, arg.segment, place);
    return arg;
  }

  #add(bytes: Uint8Array, copyBack: boolean): FlatArg {
    this.segments.push({ bytes, copyBack });
    return { kind: "seg", segment: this.segments.length - 1 };
  }

  #slots(mem: Mem, segment: number, place: string): void {
    for (const { offset, to } of mem.pointers ?? []) {
      const inside = `${place}, pointer at byte ${offset}`;
      if (!Number.isInteger(offset) || offset < 0 || offset + 8 > mem.bytes.length) {
        throw new TypeError(`${this.#call}: ${inside}: outside the ${mem.bytes.length} bytes`);
      }
      this.fixups.push({ segment, offset, to: this.pointer(to, inside, false) });
    }
  }
}

/** Most strings of system calls are short and ASCII: a loop is quicker there than the encoder. */
function cString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return utf8.encode(`${text}\0`);
    bytes[i] = code;
  }
  return bytes;
}

function checkBytes(call: string, place: string, bytes: unknown): void {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${call}: ${place} is neither memory nor a number`);
  }
  // A detached buffer looks like one of length 0: the kernel would see other memory than was meant.
  if ((bytes.buffer as { detached?: boolean }).detached === true) {
    throw new TypeError(`${call}: ${place}: its buffer is detached`);
  }
}
