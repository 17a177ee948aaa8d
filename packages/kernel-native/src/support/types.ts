// SPDX-License-Identifier: MIT
import { bpf, raw, type Task } from "@bpf-token/syscall";
import {
  AttachType,
  BPF_F,
  type DelegationEnum,
  Errno,
  type ErrnoName,
  enumMembers,
  errnoName,
  FSCONFIG,
  Insn,
  insn,
  MapType,
  type MapTypeName,
  newestRelease,
  ProgType,
  type ProgTypeName,
} from "@bpf-token/uapi";
import { intBtf, mapAttr, mapNeeds } from "./maps.js";

/**
 * Whether a kernel has a feature. `refused`: the kernel has it but this task may not use it;
 * `unknown`: the answer shows neither.
 */
export interface Verdict {
  /** The name without its prefix, in lower case. */
  readonly name: string;
  readonly state: "yes" | "no" | "refused" | "unknown";
  /** The kernel's errno, if it refused. */
  readonly errno?: ErrnoName;
}

/** The commands and types that a kernel has. {@link probeTypes} returns it. */
export interface TypeSupport {
  /** Commands, probed as names in bpffs mount options. */
  readonly commands: readonly Verdict[];
  /** Attach types, probed as names in bpffs mount options. */
  readonly attachments: readonly Verdict[];
  /** Map types, probed by creating a map. */
  readonly maps: readonly Verdict[];
  /** Program types, probed by loading a program. */
  readonly programs: readonly Verdict[];
}

/**
 * Finds out which commands, map types, program types and attach types a kernel has, by trying them.
 * All created objects are closed again. Names newer than the newest known release are not probed.
 *
 * @param task - a task that may create maps and load programs; other tasks get `refused`.
 * @example
 * ```ts
 * const hasArena = probeTypes(task).maps.some(({ name, state }) => name === "arena" && state === "yes");
 * ```
 */
export function probeTypes(task: Task): TypeSupport {
  const maps = names("bpf_map_type").map((name) => probeMap(task, name as MapTypeName));
  const programs = names("bpf_prog_type").map((name) => probeProgram(task, name as ProgTypeName));
  const commands = probeNames(task, "bpf_cmd", "delegate_cmds");
  const attachments = probeNames(task, "bpf_attach_type", "delegate_attachs");
  return { commands, attachments, maps, programs };
}

/** The names to probe. If a value has several names, the last one is current. */
function names(kind: DelegationEnum): readonly string[] {
  const byValue = new Map(enumMembers(kind, newestRelease).map(({ name, value }) => [value, name]));
  return [...byValue.values()].filter((name) => name !== "UNSPEC");
}

function verdict(name: string, state: Verdict["state"], ret: number): Verdict {
  const errno = ret < 0 ? errnoName(ret) : undefined;
  return { name: name.toLowerCase(), state, ...(errno === undefined ? {} : { errno }) };
}

/** A bpffs context accepts exactly the names that the kernel knows. */
function probeNames(task: Task, kind: DelegationEnum, option: string): readonly Verdict[] {
  const context = raw.fsopen(task, "bpf", 0);
  const ask = (name: string): number =>
    raw.fsconfig(task, context, FSCONFIG.SET_STRING, option, name, 0);
  // A kernel without BTF of itself knows no names at all.
  const [first = ""] = names(kind).map((name) => name.toLowerCase());
  const named = context >= 0 && ask(first) !== -Errno.EINVAL;
  const verdicts = names(kind).map((name) => {
    if (!named) return verdict(name, "unknown", 0);
    const ret = ask(name.toLowerCase());
    return verdict(name, ret === -Errno.EINVAL ? "no" : "yes", 0);
  });
  if (context >= 0) raw.close(task, context);
  return verdicts;
}

function probeMap(task: Task, name: MapTypeName): Verdict {
  const needs = mapNeeds(name);
  const helper = needs === "inner" ? innerMap(task) : needs === "types" ? typeInfo(task) : -1;
  if (needs !== undefined && helper < 0) return verdict(name, "unknown", helper);
  const ret = bpf(task, "MAP_CREATE", {
    map_type: MapType[name],
    ...mapAttr(name),
    ...(needs === "inner" ? { inner_map_fd: helper } : {}),
    ...(needs === "types" ? { btf_fd: helper, btf_key_type_id: 1, btf_value_type_id: 1 } : {}),
  });
  for (const fd of [helper, ret]) if (fd >= 0) raw.close(task, fd);
  if (ret >= 0) return verdict(name, "yes", ret);
  if (ret === -Errno.ENOTSUPP && name === "STRUCT_OPS") return verdict(name, "yes", 0);
  return verdict(name, ret === -Errno.EINVAL ? "no" : "refused", ret);
}

function innerMap(task: Task): number {
  return bpf(task, "MAP_CREATE", { map_type: MapType.ARRAY, ...mapAttr("ARRAY") });
}

function typeInfo(task: Task): number {
  const bytes = intBtf();
  return bpf(task, "BTF_LOAD", { btf: { bytes, dir: "in" }, btf_size: bytes.length });
}

/** Attach types that some program types require. */
const attach: Readonly<Record<string, number>> = {
  CGROUP_SOCK_ADDR: AttachType.CGROUP_INET4_BIND,
  CGROUP_SOCKOPT: AttachType.CGROUP_GETSOCKOPT,
  SK_LOOKUP: AttachType.SK_LOOKUP,
  NETFILTER: AttachType.NETFILTER,
  TRACING: AttachType.TRACE_FENTRY,
  LSM: AttachType.LSM_MAC,
};

function probeProgram(task: Task, name: ProgTypeName): Verdict {
  const log = new Uint8Array(4096);
  const pass = insn(Insn.ALU64 | Insn.MOV | Insn.K);
  const bytes = Uint8Array.of(...pass, ...insn(Insn.JMP | Insn.EXIT));
  const ret = bpf(task, "PROG_LOAD", {
    prog_type: ProgType[name],
    insns: { bytes, dir: "in" },
    insn_cnt: 2,
    license: "GPL",
    log_level: 1,
    log_size: log.length,
    log_buf: log,
    expected_attach_type: attach[name] ?? 0,
    ...(name === "SYSCALL" ? { prog_flags: BPF_F.SLEEPABLE } : {}),
  });
  if (ret >= 0) {
    raw.close(task, ret);
    return verdict(name, "yes", ret);
  }
  // The verifier ran and only missed the attach target. A model has no verifier log, but its
  // refusal shows whether the program type was the cause.
  const why = task.refusal()?.check;
  if (log[0] !== 0 || (why !== undefined && why !== "prog.load.type" && ret === -Errno.EINVAL)) {
    return verdict(name, "yes", 0);
  }
  if (ret === -Errno.ENOTSUPP && name === "STRUCT_OPS") return verdict(name, "yes", 0);
  if (ret === -Errno.EINVAL) return verdict(name, "no", ret);
  return verdict(name, "refused", ret);
}
