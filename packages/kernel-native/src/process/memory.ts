// SPDX-License-Identifier: MIT
import type { FlatCall } from "@bpf-token/syscall";
import { AttachType, attrLayout, BpfCmd, type BpfCmdName, newestRelease } from "@bpf-token/uapi";

const names: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.entries(BpfCmd) as [BpfCmdName, number][]).reverse().map(([name, cmd]) => [cmd, name]),
);

/** Formats a command for messages. */
export function cmdName(cmd: number): string {
  return `bpf(${names.get(cmd) ?? cmd})`;
}

const pointers = new Map<number, ReadonlyMap<number, string>>();

const { TRACE_ITER, TRACE_KPROBE_MULTI, TRACE_KPROBE_SESSION } = AttachType;
const { TRACE_UPROBE_MULTI, TRACE_UPROBE_SESSION } = AttachType;

/**
 * The member of its union that LINK_CREATE reads, by attach type. Other attach types have no
 * pointers.
 */
const arms: Readonly<Record<number, string>> = {
  [TRACE_ITER]: "iter_info",
  [TRACE_KPROBE_MULTI]: "kprobe_multi.",
  [TRACE_KPROBE_SESSION]: "kprobe_multi.",
  [TRACE_UPROBE_MULTI]: "uprobe_multi.",
  [TRACE_UPROBE_SESSION]: "uprobe_multi.",
};
/** Offset of the attach type in the attr of LINK_CREATE. */
const ATTACH_TYPE = 8;

/**
 * Returns the pointers of an attr: names by offset. In the union of LINK_CREATE a place can be a
 * pointer, a number, or a part of one; the attach type decides.
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

/** Returns the places where a command's attr can have pointers: names by offset. */
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
 * Refuses an attr in which the kernel would read a number as a pointer, because it could be an
 * address of this process. Also refuses memory where the kernel expects no pointer, because its
 * address would become visible.
 *
 * @param slots - offsets of the given memory.
 * @param known - the pointers. Default: those of this attr.
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
      throw new RangeError(`${cmdName(cmd)}: no pointer at byte ${offset} (pointers: ${places})`);
    }
    if (slots.indexOf(offset) !== i) {
      throw new RangeError(`${cmdName(cmd)}: two pointers at byte ${offset}`);
    }
  }
  for (const [offset, name] of known) {
    if (slots.includes(offset)) continue;
    for (let i = offset; i < offset + 8 && i < attr.length; i++) {
      if (attr[i] === 0) continue;
      throw new RangeError(
        `${cmdName(cmd)}: '${name}' is a pointer. Fix: pass memory, not a number`,
      );
    }
  }
}

/**
 * Refuses memory that could disappear or change its size during a call.
 *
 * @throws TypeError for a detached or resizable buffer, and for anything but a Uint8Array.
 */
export function checkMemory(bytes: Uint8Array, what: string): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what} is not a Uint8Array`);
  const buffer = bytes.buffer as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable === true || buffer.growable === true) {
    throw new TypeError(`${what}: its buffer is resizable`);
  }
  if (bytes.length === 0 && isDetached(bytes.buffer)) {
    throw new TypeError(`${what}: its buffer is detached`);
  }
}

/**
 * Not every Node has `ArrayBuffer.detached`, but all refuse to create a view of a detached buffer.
 */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).length !== buffer.byteLength;
  } catch {
    return true;
  }
}

/** Checks all memory of a call, and the attr of bpf(). */
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
