// SPDX-License-Identifier: MIT
import {
  attrLayout,
  isFdField,
  type KernelRelease,
  type Mem,
  newestRelease,
  type PointerSlot,
  type SyscallArg,
} from "@bpf-token/uapi";
import { attrIn, commandIn } from "../evidence/call-text.js";
import type { TracedCall } from "../evidence/traced-call.js";
import type { ModelProcess } from "./processes.js";

/** A call uses a file descriptor that the model does not have. The message says why. */
export class MissingFileError extends Error {
  override readonly name = "MissingFileError" as const;
}

/**
 * Returns the model's number of a traced file descriptor. 0 stays 0, because it stands for "none" in
 * most fields; negative numbers are never open.
 *
 * @throws MissingFileError
 */
export function modelFd(process: ModelProcess, real: number): number {
  const { fds, sharer, task } = process;
  const shared = sharer?.fds.get(real);
  if (!fds.has(real) && sharer !== undefined && shared !== undefined) {
    const sent = sharer.task.sendFd(shared, task);
    if (sent >= 0) fds.set(real, sent);
  }
  if (real <= 0 && !fds.has(real)) return real;
  if (!fds.has(real)) {
    throw new MissingFileError(`the trace does not show where file descriptor ${real} comes from`);
  }
  const model = fds.get(real);
  if (model === undefined) {
    throw new MissingFileError(`the model could not create what file descriptor ${real} refers to`);
  }
  return model;
}

/**
 * Returns the arguments of a bpf() call with the model's file descriptors: in the fields of the attr,
 * in the instructions and in fd_array.
 *
 * @throws MissingFileError
 */
export function bpfArgs(call: TracedCall, process: ModelProcess): readonly SyscallArg[] {
  const attr = attrIn(call);
  const cmd = commandIn(call);
  if (attr === undefined || cmd === undefined) return call.args;
  const bytes = attr.bytes.slice();
  const view = new DataView(bytes.buffer);
  // Fields of a union have the same offset, so the numbers come from the traced attr.
  const traced = new DataView(attr.bytes.slice().buffer);
  const pointers = new Map((attr.pointers ?? []).map((slot) => [slot.offset, slot]));
  for (const { name, offset, size } of attrLayout(cmd, newestRelease).fields) {
    if (offset + size > bytes.length) continue;
    if (isFdField(name) && size === 4 && isUsed(name, call)) {
      view.setInt32(offset, modelFd(process, traced.getInt32(offset, true)), true);
    }
    const slot = pointers.get(offset);
    const change = nested[name];
    if (slot !== undefined && change !== undefined) {
      pointers.set(offset, { offset, to: changed(slot, (memory) => change(memory, process)) });
    }
  }
  dropLog(cmd, view, pointers);
  const [first = 0, , ...rest] = call.args;
  return [first, { bytes, pointers: [...pointers.values()] } satisfies Mem, ...rest];
}

/** The fields of the log: buffer, size and level. */
const logFields: Readonly<Record<string, readonly [buffer: number, size: number, level: number]>> =
  {
    PROG_LOAD: [32, 28, 24],
    BTF_LOAD: [8, 20, 24],
  };

/** Removes a valid request for a log: recordings do not have its memory. */
function dropLog(cmd: string, view: DataView, pointers: Map<number, PointerSlot>): void {
  const [buffer, size, level] = logFields[cmd] ?? [];
  if (buffer === undefined || size === undefined || level === undefined) return;
  if (view.byteLength < Math.max(buffer + 8, size + 4, level + 4)) return;
  const asked = view.getBigUint64(buffer, true) !== 0n || pointers.get(buffer)?.to != null;
  if (!asked || view.getUint32(size, true) === 0 || view.getUint32(level, true) === 0) return;
  view.setBigUint64(buffer, 0n, true);
  view.setUint32(size, 0, true);
  view.setUint32(level, 0, true);
  pointers.delete(buffer);
}

/** Bit of the flags that makes the kernel read the token field. */
export const TOKEN_FD: number = 1 << 16;

/** A token field without the flag is only a number to the kernel. */
function isUsed(field: string, call: TracedCall): boolean {
  return !/_token_fd$/.test(field) || hasTokenFlag(call);
}

const flagsField: Readonly<Record<string, string>> = {
  MAP_CREATE: "map_flags",
  PROG_LOAD: "prog_flags",
  BTF_LOAD: "btf_flags",
  BTF_GET_FD_BY_ID: "open_flags",
};

/** Whether a bpf() call has the flag BPF_F_TOKEN_FD, in the flags of its command. */
export function hasTokenFlag(call: TracedCall): boolean {
  return (field(call, flagsField[commandIn(call) ?? ""]) & TOKEN_FD) !== 0;
}

/** A bpf() call with the flag BPF_F_TOKEN_FD. */
export function withTokenFlag(call: TracedCall): TracedCall {
  const [cmd = 0, , size = 0] = call.args;
  const attr = attrIn(call);
  const flags = attrLayout(commandIn(call) ?? "MAP_CREATE", newestRelease).fields.find(
    ({ name }) => name === flagsField[commandIn(call) ?? ""],
  );
  if (attr === undefined || flags === undefined) return call;
  const bytes = attr.bytes.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(flags.offset, view.getUint32(flags.offset, true) | TOKEN_FD, true);
  return { ...call, args: [cmd, { ...attr, bytes }, size] };
}

const tokenFields: Readonly<Record<string, string>> = {
  MAP_CREATE: "map_token_fd",
  PROG_LOAD: "prog_token_fd",
  BTF_LOAD: "btf_token_fd",
  BTF_GET_FD_BY_ID: "fd_by_id_token_fd",
};

/** The name of the token field of a bpf() call; undefined if the command has none. */
export const tokenField = (call: TracedCall): string | undefined =>
  tokenFields[commandIn(call) ?? ""];

/** The token field of a bpf() call; 0 if the command has none. */
export const tokenFd = (call: TracedCall): number => field(call, tokenField(call));

/** A 32-bit field of the attr; 0 if the attr is shorter or has no such field. */
export function field(
  call: TracedCall,
  name: string | undefined,
  release: KernelRelease = newestRelease,
): number {
  const attr = attrIn(call);
  const cmd = commandIn(call);
  if (attr === undefined || cmd === undefined || name === undefined) return 0;
  const found = attrLayout(cmd, release).fields.find((one) => one.name === name);
  if (found === undefined || found.offset + 4 > attr.bytes.length) return 0;
  const { buffer, byteOffset, length } = attr.bytes;
  return new DataView(buffer, byteOffset, length).getInt32(found.offset, true);
}

type Change = (memory: Uint8Array, process: ModelProcess) => void;

const LD_IMM64 = 0x18;
const INSN = 8;

const nested: Readonly<Record<string, Change>> = {
  insns: (memory, process) => {
    const view = new DataView(memory.buffer);
    for (let at = 0; at + INSN <= memory.length; at += INSN) {
      const source = (memory[at + 1] ?? 0) >> 4;
      // BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE.
      if (memory[at] === LD_IMM64 && (source === 1 || source === 2)) replace(view, at + 4, process);
    }
  },
  fd_array: (memory, process) => {
    const view = new DataView(memory.buffer);
    for (let at = 0; at + 4 <= memory.length; at += 4) replace(view, at, process);
  },
};

function replace(view: DataView, at: number, { fds }: ModelProcess): void {
  const model = fds.get(view.getInt32(at, true));
  if (model !== undefined) view.setInt32(at, model, true);
}

function changed({ to }: PointerSlot, change: (memory: Uint8Array) => void): PointerSlot["to"] {
  const bytes = to instanceof Uint8Array ? to : (to as Mem | null)?.bytes;
  if (!(bytes instanceof Uint8Array)) return to;
  const copy = bytes.slice();
  change(copy);
  return { bytes: copy, dir: "in" };
}
