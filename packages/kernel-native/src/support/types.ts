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
 * Whether a kernel has something. `refused`: it knows it, and does not let this task have it;
 * `unknown`: its answer tells neither.
 */
export interface Verdict {
  /** The name without prefix, in small letters. */
  readonly name: string;
  readonly state: "yes" | "no" | "refused" | "unknown";
  /** The kernel's answer, where it was a refusal. */
  readonly errno?: ErrnoName;
}

/** What a kernel has. */
export interface TypeSupport {
  /** By name, as the mount options of BPF FS take it. */
  readonly commands: readonly Verdict[];
  /** Likewise. */
  readonly attachments: readonly Verdict[];
  /** By making one of each. */
  readonly maps: readonly Verdict[];
  /** By loading one of each. */
  readonly programs: readonly Verdict[];
}

/**
 * Finds out which commands, types of maps and types of programs a kernel has, by trying. All that is
 * made is closed again. Names of releases to come are not asked for.
 *
 * @param task - one that may make maps and load programs; others get `refused`.
 */
export function probeTypes(task: Task): TypeSupport {
  const maps = names("bpf_map_type").map((name) => probeMap(task, name as MapTypeName));
  const programs = names("bpf_prog_type").map((name) => probeProgram(task, name as ProgTypeName));
  const commands = probeNames(task, "bpf_cmd", "delegate_cmds");
  const attachments = probeNames(task, "bpf_attach_type", "delegate_attachs");
  return { commands, attachments, maps, programs };
}

/** The names to ask for: of several for one value the last, which is the one in use. */
function names(kind: DelegationEnum): readonly string[] {
  const byValue = new Map(enumMembers(kind, newestRelease).map(({ name, value }) => [value, name]));
  return [...byValue.values()].filter((name) => name !== "UNSPEC");
}

function verdict(name: string, state: Verdict["state"], ret: number): Verdict {
  const errno = ret < 0 ? errnoName(ret) : undefined;
  return { name: name.toLowerCase(), state, ...(errno === undefined ? {} : { errno }) };
}

/** A context of BPF FS takes names that the kernel has, whatever comes of it. */
function probeNames(task: Task, kind: DelegationEnum, option: string): readonly Verdict[] {
  const context = raw.fsopen(task, "bpf", 0);
  const ask = (name: string): number =>
    raw.fsconfig(task, context, FSCONFIG.SET_STRING, option, name, 0);
  // A kernel without type information of its own knows no name at all.
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

/** Attach types that some types of programs want to be told. */
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
  // The verifier came to see it, and missed what it would be attached to. A model has no verifier,
  // and says itself whether it was the type.
  const why = task.refusal()?.check;
  if (log[0] !== 0 || (why !== undefined && why !== "prog.load.type" && ret === -Errno.EINVAL)) {
    return verdict(name, "yes", 0);
  }
  if (ret === -Errno.ENOTSUPP && name === "STRUCT_OPS") return verdict(name, "yes", 0);
  if (ret === -Errno.EINVAL) return verdict(name, "no", ret);
  return verdict(name, "refused", ret);
}
