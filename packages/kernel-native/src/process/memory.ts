// SPDX-License-Identifier: MIT
import type { FlatCall } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, type BpfCmdName, newestRelease } from "@bpf-token/uapi";

const names: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.entries(BpfCmd) as [BpfCmdName, number][]).reverse().map(([name, cmd]) => [cmd, name]),
);

/** A command by name, for people. */
export function cmdName(cmd: number): string {
  return `bpf(${names.get(cmd) ?? cmd})`;
}

const pointers = new Map<number, ReadonlyMap<number, string>>();

/** Where a command's attribute has addresses: names by offset. */
export function pointersOf(cmd: number): ReadonlyMap<number, string> {
  const known = pointers.get(cmd);
  if (known !== undefined) return known;
  const name = names.get(cmd);
  const fields = name === undefined ? [] : attrLayout(name, newestRelease).fields;
  const found = new Map(
    fields.filter(({ type }) => type === "ptr").map((field) => [field.offset, field.name]),
  );
  pointers.set(cmd, found);
  return found;
}

/**
 * Refuses an attribute that the kernel would take a number for an address from: it may be one, of
 * memory of this very process. And memory at a place where the kernel expects none: the address
 * would be seen.
 *
 * @param slots - offsets at which memory was given.
 * @throws RangeError that names the place.
 */
export function checkAttr(cmd: number, attr: Uint8Array, slots: readonly number[]): void {
  const known = pointersOf(cmd);
  for (const [i, offset] of slots.entries()) {
    if (!known.has(offset) || offset + 8 > attr.length) {
      const places = [...known].map(([at, name]) => `${name} at ${at}`).join(", ") || "none";
      throw new RangeError(`${cmdName(cmd)}: no pointer at byte ${offset}; there are: ${places}`);
    }
    if (slots.indexOf(offset) !== i) {
      throw new RangeError(`${cmdName(cmd)}: two pointers at byte ${offset}`);
    }
  }
  for (const [offset, name] of known) {
    if (slots.includes(offset)) continue;
    for (let i = offset; i < offset + 8 && i < attr.length; i++) {
      if (attr[i] === 0) continue;
      throw new RangeError(`${cmdName(cmd)}: '${name}' is a number; give memory, not an address`);
    }
  }
}

/**
 * Refuses memory that could go away or change its size behind a call.
 *
 * @throws TypeError for a detached or a resizable buffer, and for what is no memory.
 */
export function checkMemory(bytes: Uint8Array, what: string): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what} is no Uint8Array`);
  const buffer = bytes.buffer as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable === true || buffer.growable === true) {
    throw new TypeError(`${what}: its buffer can change its size`);
  }
  if (bytes.length === 0 && isDetached(bytes.buffer)) {
    throw new TypeError(`${what}: its buffer is detached`);
  }
}

/** Not every Node has the property `detached`; but none makes a view of such a buffer. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).length !== buffer.byteLength;
  } catch {
    return true;
  }
}

/** Checks all memory of a call; of bpf() the attribute as well. */
export function checkCall(call: FlatCall): void {
  for (const { bytes } of call.segments) checkMemory(bytes, call.entry.name);
  if (call.entry.name !== "bpf") return;
  const [cmd, attr] = call.args;
  if (cmd?.kind !== "num" || attr?.kind !== "seg") return;
  const slots = call.fixups.filter(({ segment }) => segment === attr.segment);
  const bytes = call.segments[attr.segment]?.bytes ?? new Uint8Array();
  checkAttr(
    Number(BigInt.asIntN(32, BigInt(cmd.value))),
    bytes,
    slots.map(({ offset }) => offset),
  );
}
