// SPDX-License-Identifier: MIT
import {
  AttachType,
  type AttachTypeName,
  type AttrByCmd,
  attrLayout,
  BPF_F,
  BpfCmd,
  type BpfCmdName,
  MapType,
  type MapTypeName,
  ProgType,
  type ProgTypeName,
  structLayout,
} from "@bpf-token/uapi";
import type { CallInfo } from "./bpf-error.js";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { type FdLike, fdOf, OwnedFd } from "./owned-fd.js";
import { raw } from "./raw.js";
import { releaseOf } from "./release.js";

/**
 * bpf(2) with an attribute given by field names, laid out as the task's kernel has it.
 *
 * @param cmd - the command without prefix, as `MAP_CREATE`.
 * @param attr - the fields; those left out are 0.
 * @param size - the size to pass; default that of the whole union of the kernel's release.
 * @returns what the kernel answered: ≥ 0, or `-errno`.
 * @throws RangeError for a field that the command does not have in this release.
 */
export function bpf<C extends BpfCmdName>(
  task: Task,
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  size?: number,
): number {
  const layout = attrLayout(cmd, releaseOf(task.kernel));
  return raw.bpf(task, BpfCmd[cmd], layout.encode(attr), size ?? layout.size);
}

/**
 * Makes a token from the root directory of a BPF FS, BPF_TOKEN_CREATE. Since Linux 6.9.
 *
 * @throws BpfError if the kernel refuses; rules TC-01…TC-15 say when.
 */
export function createToken(task: Task, bpffs: FdLike): OwnedFd<"token"> {
  const ret = bpf(task, "TOKEN_CREATE", { bpffs_fd: fdOf(bpffs) });
  return OwnedFd.adopt(task, ret, "token", call("TOKEN_CREATE"));
}

/** What a map is made of. */
export interface MapOptions {
  /** Its type, without prefix: `HASH`. */
  readonly type: MapTypeName;
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value. */
  readonly valueSize: number;
  /** Number of entries. */
  readonly maxEntries: number;
  /** `BPF_F_*` bits. Default 0. */
  readonly flags?: number;
  /** Up to 15 characters. */
  readonly name?: string;
  /** The token to use. */
  readonly token?: FdLike<"token">;
}

/**
 * Creates a map, BPF_MAP_CREATE.
 *
 * @throws BpfError if the kernel refuses; rules MC-01…MC-18 say when.
 */
export function createMap(task: Task, map: MapOptions): OwnedFd<"map"> {
  const ret = bpf(task, "MAP_CREATE", {
    map_type: MapType[map.type],
    key_size: map.keySize,
    value_size: map.valueSize,
    max_entries: map.maxEntries,
    map_flags: withTokenFlag(map.flags, map.token),
    ...(map.name === undefined ? {} : { map_name: map.name }),
    ...(map.token === undefined ? {} : { map_token_fd: fdOf(map.token) }),
  });
  return OwnedFd.adopt(task, ret, "map", call("MAP_CREATE"));
}

/** What a program is made of. */
export interface ProgramOptions {
  /** Its type, without prefix: `XDP`. */
  readonly type: ProgTypeName;
  /** The expected attach type, without prefix. Default value 0, which is a type like any other. */
  readonly attach?: AttachTypeName;
  /** The instructions, eight bytes each. */
  readonly insns: Uint8Array;
  /** Licence. Default `GPL`. */
  readonly license?: string;
  /** Up to 15 characters. */
  readonly name?: string;
  /** `BPF_F_*` bits. Default 0. */
  readonly flags?: number;
  /** The token to use. */
  readonly token?: FdLike<"token">;
}

/**
 * Loads a program, BPF_PROG_LOAD. The model has no verifier: there, success means that nothing
 * before the verifier refused.
 *
 * @throws BpfError if the kernel refuses; rules PL-01…PL-19 say when.
 */
export function loadProgram(task: Task, program: ProgramOptions): OwnedFd<"prog"> {
  const ret = bpf(task, "PROG_LOAD", {
    prog_type: ProgType[program.type],
    insn_cnt: Math.floor(program.insns.length / 8),
    insns: { bytes: program.insns, dir: "in" },
    license: program.license ?? "GPL",
    prog_flags: withTokenFlag(program.flags, program.token),
    ...(program.attach === undefined ? {} : { expected_attach_type: AttachType[program.attach] }),
    ...(program.name === undefined ? {} : { prog_name: program.name }),
    ...(program.token === undefined ? {} : { prog_token_fd: fdOf(program.token) }),
  });
  return OwnedFd.adopt(task, ret, "prog", call("PROG_LOAD"));
}

/**
 * Loads type information, BPF_BTF_LOAD.
 *
 * @throws BpfError if the kernel refuses; rules BL-01…BL-05 say when.
 */
export function loadBtf(
  task: Task,
  data: Uint8Array,
  options: { readonly token?: FdLike<"token"> } = {},
): OwnedFd<"btf"> {
  const token = options.token;
  const ret = bpf(task, "BTF_LOAD", {
    btf: { bytes: data, dir: "in" },
    btf_size: data.length,
    ...(token === undefined ? {} : { btf_flags: BPF_F.TOKEN_FD, btf_token_fd: fdOf(token) }),
  });
  return OwnedFd.adopt(task, ret, "btf", call("BTF_LOAD"));
}

/** The four masks of a token, bit N for value N; unknown bits included. */
export interface TokenMasks {
  /** Commands. */
  readonly allowed_cmds: bigint;
  /** Map types. */
  readonly allowed_maps: bigint;
  /** Program types. */
  readonly allowed_progs: bigint;
  /** Attach types. */
  readonly allowed_attachs: bigint;
}

/**
 * Reads a token's masks, BPF_OBJ_GET_INFO_BY_FD. Since Linux 6.17; before that the kernel answers
 * EINVAL and only fdinfo tells.
 *
 * @throws BpfError if the kernel refuses; rules OI-01…OI-05 say when.
 */
export function tokenInfo(task: Task, token: FdLike<"token">): TokenMasks {
  const layout = structLayout("bpf_token_info");
  const bytes = new Uint8Array(layout.size);
  const attr = { bpf_fd: fdOf(token), info_len: bytes.length, info: { bytes } };
  check(task, call("OBJ_GET_INFO_BY_FD"), bpf(task, "OBJ_GET_INFO_BY_FD", attr));
  return layout.decode(bytes);
}

function call(cmd: BpfCmdName): CallInfo {
  return { syscall: "bpf", cmd: `BPF_${cmd}` };
}

function withTokenFlag(flags = 0, token: FdLike | undefined): number {
  return token === undefined ? flags : (flags | BPF_F.TOKEN_FD) >>> 0;
}
