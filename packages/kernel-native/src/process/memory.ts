// SPDX-License-Identifier: MIT
import type { FlatCall } from "@bpf-token/syscall";
import { AttachType, attrLayout, BpfCmd, type BpfCmdName, newestRelease } from "@bpf-token/uapi";

const names: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.entries(BpfCmd) as [BpfCmdName, number][]).reverse().map(([name, cmd]) => [cmd, name]),
);

/** A command by name, for people. */
export function cmdName(cmd: number): string {
  return `bpf(${names.get(cmd) ?? cmd})`;
}

const pointers = new Map<number, ReadonlyMap<number, string>>();

const { TRACE_ITER, TRACE_KPROBE_MULTI, TRACE_KPROBE_SESSION } = AttachType;
const { TRACE_UPROBE_MULTI, TRACE_UPROBE_SESSION } = AttachType;

/** Which members of its union LINK_CREATE reads, by the type of the attachment; of others none has addresses. */
const arms: Readonly<Record<number, string>> = {
  [TRACE_ITER]: "iter_info",
  [TRACE_KPROBE_MULTI]: "kprobe_multi.",
  [TRACE_KPROBE_SESSION]: "kprobe_multi.",
  [TRACE_UPROBE_MULTI]: "uprobe_multi.",
  [TRACE_UPROBE_SESSION]: "uprobe_multi.",
};
/** Where LINK_CREATE has the type of the attachment. */
const ATTACH_TYPE = 8;

/**
 * Where an attribute has addresses: names by offset. In that of LINK_CREATE one place can be an
 * address, a number, or a part of one: what it is the type of the attachment says.
 */
export function pointersIn(cmd: number, attr: Uint8Array): ReadonlyMap<number, string> {
  if (cmd !== BpfCmd.LINK_CREATE) return pointersOf(cmd);
  const view = new DataView(attr.buffer, attr.byteOffset, attr.byteLength);
  const type = attr.length < ATTACH_TYPE + 4 ? 0 : view.getUint32(ATTACH_TYPE, true);
  const arm = arms[type];
  if (arm === undefined) return new Map();
  const fields = attrLayout("LINK_CREATE", newestRelease).fields;
  const found = fields.filter(({ type: kind, name }) => kind === "ptr" && name.startsWith(arm));
  return new Map(found.map(({ offset, name }) => [offset, name]));
}

/** Where a command's attribute can have addresses: names by offset. */
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
 * @param known - where there are addresses; default: where this attribute has some.
 * @throws RangeError that names the place.
 */
export function checkAttr(
  cmd: number,
  attr: Uint8Array,
  slots: readonly number[],
  known: ReadonlyMap<number, string> = pointersIn(cmd, attr),
): void {
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
