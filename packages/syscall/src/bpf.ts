// SPDX-License-Identifier: MIT
import {
  AttachType,
  type AttachTypeName,
  type AttrByCmd,
  attrLayout,
  BPF_COMMON,
  BPF_F,
  BpfCmd,
  type BpfCmdName,
  MapType,
  type MapTypeName,
  type Mem,
  ProgType,
  type ProgTypeName,
  structLayout,
} from "@bpf-token/uapi";
import { assertBytes, assertInteger, assertOptions, assertText, numberOf } from "./arguments.js";
import type { CallInfo } from "./bpf-error.js";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { hasCommonAttrs, type KernelLog } from "./kernel-log.js";
import { type FdLike, fdOf, OwnedFd } from "./owned-fd.js";
import { raw } from "./raw.js";
import { releaseOf } from "./release.js";

/**
 * Calls bpf(2). The attribute is given by field names and encoded in the layout of the task's
 * kernel.
 *
 * @param cmd - the command without its prefix: `MAP_CREATE`.
 * @param attr - the fields; omitted fields are 0.
 * @param size - the size to pass in bytes. Default: the size of the whole union in the kernel's
 *   release.
 * @param common - the common attributes, since Linux 7.2; see {@link KernelLog.commonAttrs}.
 * @returns the kernel's return value: ≥ 0, or `-errno`.
 * @throws RangeError for a field that the command does not have in this release.
 * @example
 * ```ts
 * const fd = bpf(task, "MAP_CREATE", { map_type: 2, key_size: 4, value_size: 8, max_entries: 1 });
 * ```
 */
export function bpf<C extends BpfCmdName>(
  task: Task,
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
  size?: number,
  common?: Mem,
): number {
  const number = numberOf("bpf: cmd", cmd, BpfCmd);
  const layout = attrLayout(cmd, releaseOf(task.kernel));
  const [mem, bytes] = [layout.encode(attr), size ?? layout.size];
  if (common === undefined) return raw.bpf(task, number, mem, bytes);
  return raw.bpf(task, number | BPF_COMMON.ATTRS, mem, bytes, common, common.bytes.length);
}

/**
 * Creates a token from the root directory of a BPF filesystem with BPF_TOKEN_CREATE. Since Linux
 * 6.9.
 *
 * @param bpffs - the root directory, opened for reading; {@link delegateBpffs} returns one.
 * @throws BpfError if the kernel refuses; rules TC-01…TC-15 list the reasons.
 * @example
 * ```ts
 * const token = createToken(app, delegateBpffs(app, kernel.init, { delegate_cmds: "map_create" }));
 * ```
 */
export function createToken(task: Task, bpffs: FdLike): OwnedFd<"token"> {
  const ret = bpf(task, "TOKEN_CREATE", { bpffs_fd: fdOf(bpffs, task, "createToken: bpffs") });
  return OwnedFd.adopt(task, ret, "token", call("TOKEN_CREATE"));
}

/** The properties of a map for {@link createMap}. */
export interface MapOptions {
  /** Map type without its prefix: `HASH`. */
  readonly type: MapTypeName;
  /** Size of a key in bytes. */
  readonly keySize: number;
  /** Size of a value in bytes. */
  readonly valueSize: number;
  /** Maximum number of entries. */
  readonly maxEntries: number;
  /** `BPF_F_*` bits. Default 0. A token sets `BPF_F_TOKEN_FD` by itself. */
  readonly flags?: number;
  /** Name of the map, at most 15 characters. */
  readonly name?: string;
  /** The token to pass to the kernel. Default: none. */
  readonly token?: FdLike<"token">;
  /** Where the kernel explains an error; since Linux 7.2. Default: no log. */
  readonly log?: KernelLog;
}

const sizes = ["keySize", "valueSize", "maxEntries"] as const;
const mapOptions = ["type", ...sizes, "flags", "name", "token", "log"];

/**
 * Creates a map with BPF_MAP_CREATE.
 *
 * @throws BpfError if the kernel refuses; rules MC-01…MC-18 list the reasons. TypeError for an unknown
 *   or missing option, an unknown type, or a token of another kernel.
 * @example
 * ```ts
 * const map = createMap(app, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 64, token });
 * ```
 */
export function createMap(task: Task, map: MapOptions): OwnedFd<"map"> {
  assertOptions("createMap", map, mapOptions);
  for (const field of sizes) assertInteger(`createMap: ${field}`, map[field]);
  if (map.name !== undefined) assertText("createMap: name", map.name);
  const attr = {
    map_type: numberOf("createMap: type", map.type, MapType),
    key_size: map.keySize,
    value_size: map.valueSize,
    max_entries: map.maxEntries,
    map_flags: withTokenFlag(map.flags, map.token),
    ...(map.name === undefined ? {} : { map_name: map.name }),
    ...(map.token === undefined ? {} : { map_token_fd: fdOf(map.token, task, "createMap: token") }),
  };
  const { log } = map;
  const common = log !== undefined && hasCommonAttrs(task) ? log.commonAttrs() : undefined;
  const ret = bpf(task, "MAP_CREATE", attr, undefined, common);
  return OwnedFd.adopt(task, ret, "map", call("MAP_CREATE"), log?.text);
}

/** The properties of a program for {@link loadProgram}. */
export interface ProgramOptions {
  /** Program type without its prefix: `XDP`. */
  readonly type: ProgTypeName;
  /**
   * Expected attach type without its prefix. Default 0, which is itself the number of an attach
   * type.
   */
  readonly attach?: AttachTypeName;
  /** The instructions, eight bytes each. */
  readonly insns: Uint8Array;
  /** Licence string. Default `GPL`. */
  readonly license?: string;
  /** Name of the program, at most 15 characters. */
  readonly name?: string;
  /** `BPF_F_*` bits. Default 0. A token sets `BPF_F_TOKEN_FD` by itself. */
  readonly flags?: number;
  /** The token to pass to the kernel. Default: none. */
  readonly token?: FdLike<"token">;
  /** Where the verifier explains an error. Default: no log. */
  readonly log?: KernelLog;
}

const programOptions = ["type", "attach", "insns", "license", "name", "flags", "token", "log"];

/**
 * Loads a program with BPF_PROG_LOAD.
 *
 * The model checks only a part of what the verifier checks, so success on the model does not imply
 * that a real verifier accepts the program.
 *
 * @throws BpfError if the kernel refuses; rules PL-01…PL-19 list the reasons. TypeError for an unknown
 *   option, an unknown type, or a token of another kernel.
 * @example
 * ```ts
 * // r0 = 0; exit
 * const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
 * const prog = loadProgram(app, { type: "SOCKET_FILTER", insns, token });
 * ```
 */
export function loadProgram(task: Task, program: ProgramOptions): OwnedFd<"prog"> {
  assertOptions("loadProgram", program, programOptions);
  assertBytes("loadProgram: insns", program.insns);
  for (const field of ["license", "name"] as const) {
    if (program[field] !== undefined) assertText(`loadProgram: ${field}`, program[field]);
  }
  const ret = bpf(task, "PROG_LOAD", {
    prog_type: numberOf("loadProgram: type", program.type, ProgType),
    insn_cnt: Math.floor(program.insns.length / 8),
    insns: { bytes: program.insns, dir: "in" },
    license: program.license ?? "GPL",
    prog_flags: withTokenFlag(program.flags, program.token),
    ...(program.attach === undefined
      ? {}
      : {
          expected_attach_type: numberOf("loadProgram: attach", program.attach, AttachType),
        }),
    ...(program.name === undefined ? {} : { prog_name: program.name }),
    ...(program.token === undefined
      ? {}
      : { prog_token_fd: fdOf(program.token, task, "loadProgram: token") }),
    ...program.log?.progFields(),
  });
  return OwnedFd.adopt(task, ret, "prog", call("PROG_LOAD"), program.log?.text);
}

/**
 * Loads BTF with BPF_BTF_LOAD.
 *
 * @param data - the raw BTF: header, types and strings.
 * @param options - `token`: the token to pass; `log`: where the kernel explains an error.
 * @throws BpfError if the kernel refuses; rules BL-01…BL-05 list the reasons.
 * @example
 * ```ts
 * const btf = loadBtf(app, bytes, { token });
 * ```
 */
export function loadBtf(
  task: Task,
  data: Uint8Array,
  options: { readonly token?: FdLike<"token">; readonly log?: KernelLog } = {},
): OwnedFd<"btf"> {
  assertOptions("loadBtf", options, ["token", "log"]);
  assertBytes("loadBtf: data", data);
  const { token, log } = options;
  const ret = bpf(task, "BTF_LOAD", {
    btf: { bytes: data, dir: "in" },
    btf_size: data.length,
    ...(token === undefined
      ? {}
      : {
          btf_flags: BPF_F.TOKEN_FD,
          btf_token_fd: fdOf(token, task, "loadBtf: token"),
        }),
    ...log?.btfFields(),
  });
  return OwnedFd.adopt(task, ret, "btf", call("BTF_LOAD"), log?.text);
}

/** The four delegate masks of a token. Bit N stands for value N; unknown bits are included. */
export interface TokenMasks {
  /** Commands of bpf(). */
  readonly allowed_cmds: bigint;
  /** Map types. */
  readonly allowed_maps: bigint;
  /** Program types. */
  readonly allowed_progs: bigint;
  /** Attach types. */
  readonly allowed_attachs: bigint;
}

/**
 * Reads a token's masks with BPF_OBJ_GET_INFO_BY_FD. Since Linux 6.17; older kernels answer EINVAL,
 * and only {@link fdinfo} shows the masks there.
 *
 * @throws BpfError if the kernel refuses; rules OI-01…OI-05 list the reasons.
 * @example
 * ```ts
 * const mayCreateMaps = (tokenInfo(app, token).allowed_cmds & 1n) !== 0n;
 * ```
 */
export function tokenInfo(task: Task, token: FdLike<"token">): TokenMasks {
  const layout = structLayout("bpf_token_info");
  const bytes = new Uint8Array(layout.size);
  const attr = {
    bpf_fd: fdOf(token, task, "tokenInfo: token"),
    info_len: bytes.length,
    info: { bytes },
  };
  check(task, call("OBJ_GET_INFO_BY_FD"), bpf(task, "OBJ_GET_INFO_BY_FD", attr));
  return layout.decode(bytes);
}

function call(cmd: BpfCmdName): CallInfo {
  return { syscall: "bpf", cmd: `BPF_${cmd}` };
}

function withTokenFlag(flags = 0, token: FdLike | undefined): number {
  return token === undefined ? flags : (flags | BPF_F.TOKEN_FD) >>> 0;
}
