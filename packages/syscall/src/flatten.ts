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

/** One piece of a call's user memory. */
export interface Segment {
  /**
   * The contents before the call. If {@link Segment.copyBack} is set, the backend overwrites these
   * bytes with what the kernel wrote.
   */
  readonly bytes: Uint8Array;
  /** Whether the kernel may write to the memory; the backend then copies it back after the call. */
  readonly copyBack: boolean;
}

/** A pointer inside a segment. The backend fills in its address. */
export interface Fixup {
  /** Index of the segment that holds the pointer. */
  readonly segment: number;
  /** Byte offset of the pointer in it. */
  readonly offset: number;
  /** The target of the pointer. */
  readonly to: FlatArg;
}

/** One argument: a number, the address of a segment, or an address that always faults. */
export type FlatArg =
  | { readonly kind: "num"; readonly value: number | bigint }
  | { readonly kind: "seg"; readonly segment: number }
  | { readonly kind: "bad" };

/** A system call as numbers, memory and pointers: the input of every backend's marshaller. */
export interface FlatCall {
  /** The call's entry in the system call table. */
  readonly entry: SyscallEntry;
  /** The arguments, as many as the entry has. */
  readonly args: readonly FlatArg[];
  /** The memory of the call. Each object appears once, even if the call passes it twice. */
  readonly segments: readonly Segment[];
  /** The pointers that the backend fills in. */
  readonly fixups: readonly Fixup[];
}

const NULL: FlatArg = { kind: "num", value: 0 };
const BAD: FlatArg = { kind: "bad" };
const MIN = -(2n ** 63n);
const MAX = 2n ** 64n - 1n;
const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Converts a system call and its JavaScript arguments into numbers, memory and pointers.
 *
 * All backends and the tracer use this function, so they all interpret the arguments in the same
 * way.
 *
 * @param backend - the backend's name, for error messages.
 * @throws TypeError for arguments that no kernel accepts: a string instead of a number, a number as
 *   an address, a string with a NUL character, a detached buffer. NotModelledError for a call that is not in the table.
 * @example
 * ```ts
 * const call = flatten("my-backend", 321, [0, attr, attr.length]); // bpf(BPF_MAP_CREATE, attr)
 * ```
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

/**
 * Copies what the kernel wrote to a segment back to the caller, if {@link Segment.copyBack} is set. Pointers keep
 * the caller's bytes, so that no address becomes visible.
 *
 * @param index - of the segment.
 * @param memory - what the kernel left, at `start`.
 * @example
 * ```ts
 * call.segments.forEach((_, i) => copyBack(call, i, memory, addresses[i]));
 * ```
 */
export function copyBack(call: FlatCall, index: number, memory: Uint8Array, start = 0): void {
  const segment = call.segments[index];
  if (segment?.copyBack !== true) return;
  const { bytes } = segment;
  const pointers = call.fixups.filter((fixup) => fixup.segment === index);
  const kept = pointers.map(({ offset }) => bytes.slice(offset, offset + 8));
  bytes.set(memory.subarray(start, start + bytes.length));
  pointers.forEach(({ offset }, i) => {
    bytes.set(kept[i] as Uint8Array, offset);
  });
}

/** Collects the memory of one call. An object that appears twice becomes one segment. */
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
    if (typeof ptr === "string") return this.#add(cString(ptr, this.#call, place), false);
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

/** Most strings of system calls are short ASCII. A loop encodes them faster than TextEncoder. */
function cString(text: string, call: string, place: string): Uint8Array {
  // The kernel would see a shorter string than the caller.
  if (text.includes("\0")) {
    throw new TypeError(`${call}: ${place} contains a NUL character; give bytes for such memory`);
  }
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
  // A detached buffer has length 0, so the kernel would see other memory than the caller meant.
  if ((bytes.buffer as { detached?: boolean }).detached === true) {
    throw new TypeError(`${call}: ${place}: its buffer is detached`);
  }
}
