// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { posix } from "node:path";
import {
  AT,
  BpfCmd,
  type BpfCmdName,
  isFdField,
  type Mem,
  newestRelease,
  type PointerSlot,
  type Ptr,
  type SyscallArg,
  structLayout,
} from "@bpf-token/uapi";
import { ofCgroups, ofDevices } from "./attach-types.js";
import { Attr, debugInfo, uint, viewOf } from "./attr.js";
import {
  counts,
  elementSize,
  holdsFds,
  infoCounts,
  MOST_BYTES,
  texts,
  UNKNOWN_SIZE,
  writes,
} from "./bpf-memory.js";
import { absolutePath, bpffsMounts, isInside } from "./paths.js";
import type { MapShape, Processes, ProgramProcess } from "./processes.js";
import type { Windows } from "./windows.js";

/** The kernel does not read more of an attr. */
const MOST_ATTR = 4096;
const MOST_TEXT = 4096;
const INSN_SIZE = 8;
const LD_IMM64 = 0x18;
const COMMON_ATTRS = 1 << 16;

const cmdNames = new Map(Object.entries(BpfCmd).map(([name, cmd]) => [cmd as number, name]));

/** A bpf() call of a program, translated for the task of another kernel. */
export interface BpfCall {
  readonly name: BpfCmdName | undefined;
  readonly args: readonly SyscallArg[];
  /** The same with the program's own file descriptors, and without the memory that pointers refer to. */
  readonly given: readonly SyscallArg[];
  /** For OBJ_PIN with an absolute path: the path. */
  readonly pinnedAt?: string | undefined;
  /** For a call on an element: its key, and the map's file descriptor. */
  readonly element: { readonly fd: number; readonly key: Ptr } | undefined;
}

/** Translates a bpf() call: its memory, and the file descriptors in it. */
export class BpfTranslator {
  readonly #processes: Processes;
  readonly #withoutDebugInfo: boolean;

  /**
   * @param withoutDebugInfo - omits the records of functions and lines: the model does not have them,
   *   and they decide nothing about permissions.
   */
  constructor(processes: Processes, withoutDebugInfo: boolean) {
    this.#processes = processes;
    this.#withoutDebugInfo = withoutDebugInfo;
  }

  translate(process: ProgramProcess, args: readonly bigint[], windows: Windows): BpfCall {
    const [cmd = 0, size = 0] = [Number(BigInt.asIntN(32, args[0] ?? 0n)), uint(args[2])];
    const name = cmdNames.get(cmd & ~COMMON_ATTRS) as BpfCmdName | undefined;
    const address = args[1] ?? 0n;
    const bytes = process.memory.read(address, Math.min(size, MOST_ATTR + 1));
    const rest: readonly SyscallArg[] =
      cmd & COMMON_ATTRS ? [this.#common(args, windows), uint(args[4])] : [];
    if (name === undefined || bytes.length < Math.min(size, MOST_ATTR)) {
      const attr: Ptr = windows.at(address, Math.min(size, MOST_ATTR + 1));
      const given: readonly SyscallArg[] = [cmd, attr, size, ...rest];
      return { name, args: given, given, element: undefined };
    }
    const given = [cmd, { bytes: bytes.slice() }, size];
    const attr = new Attr(name, bytes);
    if (this.#withoutDebugInfo) attr.clear(debugInfo);
    const shape = this.#shape(process, attr);
    const pointers = attr.pointers.map(({ field, offset, target }): PointerSlot => {
      return { offset, to: this.#memory({ process, attr, field, target, shape, windows }) };
    });
    const element = elementOf(attr, pointers);
    this.#fds(process, attr);
    const own = attr.fields.find((one) => one.name === writes[name]?.field)?.offset;
    const mem: Mem = { bytes: windows.keep(address, bytes, own), pointers };
    const path = pointers.find(({ to }) => typeof to === "string")?.to;
    const pinnedAt = name === "OBJ_PIN" && typeof path === "string" ? path : undefined;
    return { name, args: [cmd, mem, size, ...rest], given, element, pinnedAt };
  }

  #common(args: readonly bigint[], windows: Windows): Ptr {
    const ptr = windows.at(args[3] ?? 0n, Math.min(uint(args[4]), MOST_ATTR));
    if (ptr === null || typeof ptr !== "object" || ptr instanceof Uint8Array) return ptr;
    const view = viewOf(ptr.bytes);
    if (ptr.bytes.length < 12) return ptr;
    const to = windows.at(
      view.getBigUint64(0, true),
      Math.min(view.getUint32(8, true), MOST_BYTES),
    );
    return { ...ptr, pointers: [{ offset: 0, to }] };
  }

  /** The map that a call on elements names. */
  #shape(process: ProgramProcess, attr: Attr): MapShape | undefined {
    if (!/^MAP_/.test(attr.name) || !attr.has("map_fd")) return undefined;
    return this.#processes.file(process, attr.number("map_fd"))?.map;
  }

  #memory(of: {
    process: ProgramProcess;
    attr: Attr;
    field: string;
    target: bigint;
    shape: MapShape | undefined;
    windows: Windows;
  }): Ptr {
    const { process, attr, field, target, shape, windows } = of;
    if (field === "pathname") return this.#pathname(process, attr, target, windows);
    if (texts.test(field)) return windows.text(target, MOST_TEXT);
    if (field === "insns") return this.#insns(process, target, attr.number("insn_cnt"));
    if (field === "fd_array") return this.#fdArray(process, target, attr);
    if (field === "info") return this.#info(process, target, attr, windows);
    if (shape !== undefined) {
      const size = elementSize(field, attr, shape);
      if (size !== undefined)
        return this.#element(process, { attr, field, target, size, shape, windows });
    }
    const [count, unit] = counts[field.replace(/^.*\./, "")] ?? [];
    const size =
      count === undefined || unit === undefined || !attr.has(count)
        ? UNKNOWN_SIZE
        : attr.number(count) * (typeof unit === "number" ? unit : attr.number(unit));
    return windows.at(target, Math.min(size, MOST_BYTES));
  }

  /** The path of OBJ_PIN and OBJ_GET, which starts at a directory of the host. */
  #pathname(process: ProgramProcess, attr: Attr, target: bigint, windows: Windows): Ptr {
    const bytes = process.memory.readText(target, MOST_TEXT);
    const path = new TextDecoder().decode(bytes);
    const dirfd = attr.number("path_fd") | 0;
    const atFd = !path.startsWith("/") && this.#processes.file(process, dirfd) !== undefined;
    if (!path.endsWith("\0") || path.length === 1 || atFd) return windows.text(target, MOST_TEXT);
    const PATH_FD = 1 << 14;
    const from = attr.number("file_flags") & PATH_FD ? dirfd : AT.FDCWD;
    const absolute = absolutePath(process.pid, from, path.slice(0, -1));
    if (absolute === undefined) return windows.text(target, MOST_TEXT);
    return isInside(absolute, bpffsMounts(process.task)) ? absolute : likeOnHost(absolute);
  }

  #element(
    process: ProgramProcess,
    of: {
      attr: Attr;
      field: string;
      target: bigint;
      size: number;
      shape: MapShape;
      windows: Windows;
    },
  ): Ptr {
    const { attr, field, target, size, shape, windows } = of;
    const written = writes[attr.name]?.to === field ? 0 : undefined;
    if (field !== "value" || !holdsFds.has(shape.type)) return windows.at(target, size, written);
    const bytes = process.memory.read(target, size);
    if (bytes.length < 4) return windows.at(target, size);
    const view = viewOf(bytes);
    view.setInt32(0, this.#processes.modelFd(process, view.getInt32(0, true)), true);
    return { bytes: windows.keep(target, bytes) };
  }

  #insns(process: ProgramProcess, target: bigint, count: number): Ptr {
    const bytes = process.memory.read(target, Math.min(count * INSN_SIZE, MOST_BYTES));
    const view = viewOf(bytes);
    for (let at = 0; at + INSN_SIZE <= bytes.length; at += INSN_SIZE) {
      const source = (bytes[at + 1] ?? 0) >> 4;
      // BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE.
      if (bytes[at] !== LD_IMM64 || (source !== 1 && source !== 2)) continue;
      const fd = this.#processes.modelFd(process, view.getInt32(at + 4, true));
      view.setInt32(at + 4, fd, true);
    }
    return { bytes, dir: "in" };
  }

  /** Before Linux 6.14 fd_array has no size: what is in reach may be anything. */
  #fdArray(process: ProgramProcess, target: bigint, attr: Attr): Ptr {
    const count = attr.has("fd_array_cnt") ? attr.number("fd_array_cnt") : 0;
    const bytes = process.memory.read(target, 4 * Math.min(count || 64, 4096));
    const view = viewOf(bytes);
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      const fd = view.getInt32(at, true);
      if (fd <= 0 || this.#processes.file(process, fd) === undefined) continue;
      view.setInt32(at, this.#processes.modelFd(process, fd), true);
    }
    return { bytes, dir: "in" };
  }

  #info(process: ProgramProcess, target: bigint, attr: Attr, windows: Windows): Ptr {
    const size = Math.min(attr.number("info_len"), MOST_ATTR);
    const memory = windows.at(target, size, 0);
    const file = this.#processes.file(process, attr.number("bpf_fd"));
    const struct = file === undefined ? undefined : file.map ? "bpf_map_info" : file.info;
    if (memory === null || typeof memory !== "object" || memory instanceof Uint8Array)
      return memory;
    if (struct === undefined) return memory;
    const view = viewOf(memory.bytes);
    const layout = structLayout(struct, newestRelease);
    const pointers = Object.entries(infoCounts[struct] ?? {}).flatMap(
      ([name, [count, unit]]): PointerSlot[] => {
        const pointer = layout.fields.find((field) => field.name === name);
        const counter = layout.fields.find((field) => field.name === count);
        if (pointer === undefined || counter === undefined) return [];
        if (pointer.offset + 8 > view.byteLength || counter.offset + 4 > view.byteLength) return [];
        const to = view.getBigUint64(pointer.offset, true);
        if (to === 0n) return [];
        const most = Math.min(view.getUint32(counter.offset, true) * unit, MOST_BYTES);
        return [{ offset: pointer.offset, to: windows.at(to, most) }];
      },
    );
    return { ...memory, pointers };
  }

  /** Replaces the file descriptors in the fields of an attr. */
  #fds(process: ProgramProcess, attr: Attr): void {
    const done = new Set<number>();
    for (const { name, offset, size } of attr.fields) {
      if (!isFd(attr, name) || size !== 4 || done.has(offset)) continue;
      done.add(offset);
      const fd = attr.view.getInt32(offset, true);
      if (fd > 0) attr.view.setInt32(offset, this.#processes.modelFd(process, fd), true);
    }
  }
}

const BPF_F_ID = 1 << 5;

/** Whether a field is a file descriptor here: fields of other meanings have the same place. */
function isFd(attr: Attr, name: string): boolean {
  if (!isFdField(name)) return false;
  const type = attr.number("attach_type");
  if (name === "target_fd") return !ofDevices.has(type);
  if (!name.endsWith("relative_fd")) return true;
  const flags = attr.number(attr.name === "LINK_CREATE" ? "flags" : "attach_flags");
  const orders = attr.name !== "LINK_CREATE" || ofDevices.has(type) || ofCgroups.has(type);
  return orders && (flags & BPF_F_ID) === 0;
}

/** A path of the model that is to bpf() what a path of the host is: its files are not of the host. */
function likeOnHost(path: string): string {
  if (existsSync(path)) return "/dev/null";
  return existsSync(posix.dirname(path)) ? "/tmp/new" : "/tmp/none/new";
}

function elementOf(attr: Attr, pointers: readonly PointerSlot[]): BpfCall["element"] {
  if (!/^MAP_(LOOKUP|UPDATE|DELETE|LOOKUP_AND_DELETE)_ELEM$/.test(attr.name)) return undefined;
  const offset = attr.fields.find(({ name }) => name === "key")?.offset;
  const key = pointers.find((slot) => slot.offset === offset)?.to ?? null;
  return { fd: attr.number("map_fd"), key };
}
