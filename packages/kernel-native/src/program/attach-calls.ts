// SPDX-License-Identifier: MIT
/*
 * Calls of the host that would attach a program of the other kernel: the host's kernel has no such
 * program, and its error would be that of no kernel.
 */
import { statfsSync } from "node:fs";
import { ofDevices } from "./attach-types.js";
import { Attr, viewOf } from "./attr.js";
import type { BpfCall } from "./bpf-call.js";
import { readProcLink } from "./host-process.js";
import { type Args, int } from "./numbers.js";
import type { Processes, ProgramProcess } from "./processes.js";

const SOL_SOCKET = 1;
const socketOptions: Readonly<Record<number, string>> = {
  50: "SO_ATTACH_BPF",
  52: "SO_ATTACH_REUSEPORT_EBPF",
};

/** What setsockopt(2) would attach; undefined for any other option or file. */
export function socketProgram(
  processes: Processes,
  process: ProgramProcess,
  [, level = 0n, option = 0n, value = 0n]: Args,
): string | undefined {
  const name = socketOptions[int(option)];
  if (int(level) !== SOL_SOCKET || name === undefined) return undefined;
  const bytes = process.memory.read(value, 4);
  if (bytes.length < 4) return undefined;
  const isOurs = processes.file(process, viewOf(bytes).getInt32(0, true)) !== undefined;
  return isOurs ? `setsockopt(${name})` : undefined;
}

/** Messages of rtnetlink with a program: the size of their own header, and the attributes that lead to the file. */
const withProgram: Readonly<Record<number, readonly [size: number, ...path: number[]]>> = {
  16: [16, 43, 1], // RTM_NEWLINK: IFLA_XDP, IFLA_XDP_FD
  19: [16, 43, 1], // RTM_SETLINK
  44: [20, 2, 6], // RTM_NEWTFILTER: TCA_OPTIONS, TCA_BPF_FD
};
const HEADER = 16;
const TYPE_MASK = 0x3fff;

/** A message of rtnetlink is not longer. */
const MOST_BYTES = 1 << 16;

/** What a message of sendto(2) would attach; undefined if it has no program of the other kernel. */
export function sentProgram(
  processes: Processes,
  process: ProgramProcess,
  [, address = 0n, size = 0n]: Args,
): string | undefined {
  const bytes = process.memory.read(address, Math.min(Number(size), MOST_BYTES));
  const fd = programIn(bytes);
  const isOurs = fd !== undefined && processes.file(process, fd) !== undefined;
  return isOurs ? "programs of a network device, with netlink" : undefined;
}

/** The same for sendmsg(2), whose message is in the first part. */
export function sentInParts(
  processes: Processes,
  process: ProgramProcess,
  [socket = 0n, header = 0n]: Args,
): string | undefined {
  const { memory } = process;
  const parts = memory.read(header + 16n, 8);
  if (parts.length < 8) return undefined;
  const first = memory.read(viewOf(parts).getBigUint64(0, true), 16);
  if (first.length < 16) return undefined;
  const view = viewOf(first);
  const [address, size] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  return sentProgram(processes, process, [socket, address, size]);
}

/** The file descriptor in IFLA_XDP_FD or TCA_BPF_FD of a message; undefined if it has none. */
export function programIn(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER) return undefined;
  const view = viewOf(bytes);
  const [own, ...path] = withProgram[view.getUint16(4, true)] ?? [];
  if (own === undefined) return undefined;
  let part: Uint8Array | undefined = bytes.subarray(HEADER + own, view.getUint32(0, true));
  for (const type of path) part = part && attribute(part, type);
  return part === undefined || part.length < 4 ? undefined : viewOf(part).getInt32(0, true);
}

/** The contents of an attribute. */
function attribute(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  const view = viewOf(bytes);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const size = view.getUint16(at, true);
    if (size < 4) return undefined;
    if ((view.getUint16(at + 2, true) & TYPE_MASK) === wanted)
      return bytes.subarray(at + 4, at + size);
    at += Math.ceil(size / 4) * 4;
  }
  return undefined;
}

const CGROUP2_SUPER_MAGIC = 0x63677270;

/**
 * The cgroup or network namespace of the host that a bpf() call names as its target. The other kernel does
 * not have it, and answers EBADF.
 */
export function placeOnHost(
  processes: Processes,
  process: ProgramProcess,
  { name, given: [, mem] }: BpfCall,
): string | undefined {
  if (name === undefined || mem === null || typeof mem !== "object" || !("bytes" in mem))
    return undefined;
  const attr = new Attr(name, mem.bytes);
  if (!attr.has("target_fd") || ofDevices.has(attr.number("attach_type"))) return undefined;
  const program = ["prog_fd", "attach_bpf_fd"].find((field) => attr.has(field));
  const isOurs = (field: string): boolean =>
    processes.file(process, attr.number(field)) !== undefined;
  return program !== undefined && !isOurs(program)
    ? undefined
    : placeOf(process, attr.number("target_fd"));
}

function placeOf({ pid }: ProgramProcess, fd: number): string | undefined {
  const link = readProcLink(pid, `fd/${fd}`);
  if (link === undefined) return undefined;
  if (link.startsWith("net:[")) return "programs of a network namespace";
  try {
    const isCgroup = statfsSync(`/proc/${pid}/fd/${fd}`).type === CGROUP2_SUPER_MAGIC;
    return isCgroup ? "programs of a cgroup" : undefined;
  } catch {
    return undefined;
  }
}
