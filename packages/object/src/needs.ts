// SPDX-License-Identifier: MIT
import {
  AttachType,
  BitSet,
  BpfCmd,
  type DelegationEnum,
  enumMembers,
  HelperId,
  MapType,
  newestRelease,
  ProgType,
} from "@bpf-token/uapi";
import { helpersOf } from "./helpers.js";
import { linkProgram } from "./link.js";
import type { FunctionSpec, MapSpec, ObjectSpec, ProgramSpec } from "./spec.js";

/** What a task has to be given before it can load an object: four masks, and capabilities. */
export type NeedAxis = "cmds" | "maps" | "progs" | "attachs" | "caps";

/** One thing that an object needs, and what for. */
export interface Need {
  readonly axis: NeedAxis;
  /** As mount options of BPF FS write it, `map_create`; of a capability `bpf`, `net_admin`. */
  readonly name: string;
  /** The bit in its mask, the number of the capability. */
  readonly bit: number;
  /** What of the object needs it. */
  readonly because: readonly string[];
}

/** The least policy with which an object can be loaded through a token. */
export interface ObjectNeeds {
  readonly cmds: BitSet;
  readonly maps: BitSet;
  readonly progs: BitSet;
  readonly attachs: BitSet;
  /** In the user namespace of the token; CAP_BPF is always among them. */
  readonly capabilities: readonly string[];
  /** All of it one by one, in the order of the axes and of the file. */
  readonly needs: readonly Need[];
  /** What cannot be said, or cannot be delegated, in sentences. */
  readonly open: readonly string[];
}

/** Whose habits count. */
export interface NeedsOptions {
  /**
   * `libbpf` tries out features of the kernel with programs and maps of its own, which have to be
   * allowed as well (versions 1.4 to 1.7); `plain`, the default, loads the object and nothing else.
   */
  readonly loader?: "plain" | "libbpf";
  /** Whether a program counts; the default are those that are loaded when nobody says otherwise. */
  readonly wanted?: (program: ProgramSpec) => boolean;
}

const kinds: Readonly<Record<Exclude<NeedAxis, "caps">, DelegationEnum>> = {
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
};

const caps = { bpf: 39, net_admin: 12, perfmon: 38, sys_admin: 21 } as const;

/** Rule MC-12: maps of the network. */
const networkMaps: ReadonlySet<number> = new Set([
  MapType.DEVMAP,
  MapType.SOCKMAP,
  MapType.XSKMAP,
  MapType.SOCKHASH,
  MapType.DEVMAP_HASH,
]);

/** Rule PL-09. */
const networkPrograms: ReadonlySet<number> = new Set([
  ProgType.SCHED_CLS,
  ProgType.SCHED_ACT,
  ProgType.XDP,
  ProgType.CGROUP_SOCK,
  ProgType.LWT_IN,
  ProgType.LWT_OUT,
  ProgType.LWT_XMIT,
  ProgType.SOCK_OPS,
  ProgType.SK_SKB,
  ProgType.CGROUP_DEVICE,
  ProgType.SK_MSG,
  ProgType.CGROUP_SOCK_ADDR,
  ProgType.LWT_SEG6LOCAL,
  ProgType.FLOW_DISSECTOR,
  ProgType.CGROUP_SYSCTL,
  ProgType.CGROUP_SOCKOPT,
  ProgType.NETFILTER,
  ProgType.EXT,
]);

/** Rule PL-10. */
const tracingPrograms: ReadonlySet<number> = new Set([
  ProgType.KPROBE,
  ProgType.TRACEPOINT,
  ProgType.PERF_EVENT,
  ProgType.RAW_TRACEPOINT,
  ProgType.RAW_TRACEPOINT_WRITABLE,
  ProgType.TRACING,
  ProgType.STRUCT_OPS,
  ProgType.LSM,
  ProgType.EXT,
]);

/** Sets of names: reading the table here would keep all of it in pages that ask for no needs. */
type HelperName = keyof typeof HelperId;

/** Rule VF-04: helpers that programs of every type have, with CAP_PERFMON. */
const tracingHelpers: ReadonlySet<string> = new Set<HelperName>([
  "trace_printk",
  "trace_vprintk",
  "get_current_task",
  "get_current_task_btf",
  "probe_read_user",
  "probe_read_kernel",
  "probe_read_user_str",
  "probe_read_kernel_str",
  "snprintf",
  "snprintf_btf",
  "task_pt_regs",
]);

/** libbpf puts older ones in their place where a kernel has not that of the kernel's memory. */
const replacedReads: ReadonlySet<string> = new Set<HelperName>([
  "probe_read_kernel",
  "probe_read_kernel_str",
  "probe_read_user",
  "probe_read_user_str",
]);

/**
 * The least policy for an object: what a mount of BPF FS has to delegate, and which capabilities the
 * task needs in the token's user namespace, so that every map can be made and every program loaded.
 * Attaching is another matter: links take no token.
 *
 * What only the verifier finds out, such as the leaking of a pointer, is not foreseen (rules VF-05 to
 * VF-07 of the specification; CAP_PERFMON waives those).
 */
export function objectNeeds(object: ObjectSpec, options: NeedsOptions = {}): ObjectNeeds {
  const found = new Found();
  const wanted = options.wanted ?? ((program): boolean => program.autoload);
  const programs = object.programs.filter(wanted);
  found.capability("bpf", "making a token, and using it");
  for (const map of object.maps) mapNeeds(found, map, `map ${map.name}`);
  for (const { name } of object.structOps) {
    found.bit("cmds", BpfCmd.MAP_CREATE, `map ${name}`);
    found.bit("maps", MapType.STRUCT_OPS, `map ${name}`);
  }
  for (const program of programs) programNeeds(found, object, program);
  if (object.btf !== undefined) found.bit("cmds", BpfCmd.BTF_LOAD, "types of the object");
  if (programs.some(({ type }) => type === ProgType.EXT)) {
    const why = "types of the program that is replaced";
    found.bit("cmds", BpfCmd.BTF_GET_FD_BY_ID, why);
    found.capability("sys_admin", why);
  }
  if (options.loader === "libbpf") libbpfNeeds(found, object, programs);
  return found.needs();
}

/**
 * The attach type that a token is asked for: where a program says none, the kernel fills one in, or
 * takes 0, which is that of `cgroup_inet_ingress` (rule PL-03).
 */
export function delegatedAttach({ type, attach }: Pick<ProgramSpec, "type" | "attach">): number {
  if (attach !== 0) return attach;
  if (type === ProgType.CGROUP_SOCK) return AttachType.CGROUP_INET_SOCK_CREATE;
  if (type === ProgType.SK_REUSEPORT) return AttachType.SK_REUSEPORT_SELECT;
  return AttachType.CGROUP_INET_INGRESS;
}

function mapNeeds(found: Found, map: MapSpec, because: string): void {
  found.bit("cmds", BpfCmd.MAP_CREATE, because);
  found.bit("maps", map.type, because);
  if (networkMaps.has(map.type)) found.capability("net_admin", because);
  if (map.inner !== undefined) mapNeeds(found, map.inner, `${because}, for the maps in it`);
}

function programNeeds(found: Found, object: ObjectSpec, program: ProgramSpec): void {
  const because = `program ${program.name}`;
  if (program.type === ProgType.UNSPEC) {
    found.say(`section '${program.section}' says no type for ${because}: it cannot be loaded so`);
    return;
  }
  found.bit("cmds", BpfCmd.PROG_LOAD, because);
  found.bit("progs", program.type, because);
  if (program.type === ProgType.STRUCT_OPS) {
    found.say(
      `${because}: its attach type is the place in a struct of the running kernel; only 'attachs=any' is sure`,
    );
  } else attachNeeds(found, program, because);
  if (networkPrograms.has(program.type)) found.capability("net_admin", because);
  if (tracingPrograms.has(program.type)) {
    found.capability("perfmon", because);
    return;
  }
  for (const id of helpersOf(linkProgram(object, program).insns)) {
    const name = helperName(id);
    if (!tracingHelpers.has(name)) continue;
    found.capability("perfmon", `${because}, which calls bpf_${name}()`);
  }
}

function attachNeeds(found: Found, program: ProgramSpec, because: string): void {
  const named = program.attach !== 0 || program.type === ProgType.CGROUP_SKB;
  const why = named ? because : `${because}, which names no attach type`;
  found.bit("attachs", delegatedAttach(program), why);
}

function helperName(id: number): string {
  return Object.entries(HelperId).find(([, value]) => value === id)?.[0] ?? String(id);
}

/** What libbpf loads to try out the kernel, for this object. */
function libbpfNeeds(found: Found, object: ObjectSpec, programs: readonly ProgramSpec[]): void {
  const probe = (type: number, attach: number, why: string): void => {
    found.bit("cmds", BpfCmd.PROG_LOAD, why);
    found.bit("progs", type, why);
    found.bit("attachs", attach, why);
  };
  probe(ProgType.SOCKET_FILTER, 0, "libbpf tries whether programs can be loaded");
  if (object.maps.some(({ origin }) => origin !== "definition" && origin !== "legacy")) {
    found.bit("maps", MapType.ARRAY, "libbpf tries whether there can be global variables");
  }
  if (programs.some(({ attachOptional }) => attachOptional)) {
    const why = "libbpf tries whether attach types are known";
    probe(ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_CREATE, why);
    found.capability("net_admin", why);
  }
  // Functions of programs that are not loaded count as well.
  const reads = ({ insns }: FunctionSpec): boolean =>
    helpersOf(insns).some((id) => replacedReads.has(helperName(id)));
  if (programs.length > 0 && object.functions.some(reads)) {
    const why = "libbpf tries whether there is bpf_probe_read_kernel()";
    probe(ProgType.TRACEPOINT, 0, why);
    found.capability("perfmon", why);
  }
}

/** Needs in the order in which they were found, each once. */
class Found {
  readonly #reasons = new Map<
    string,
    { axis: NeedAxis; name: string; bit: number; why: string[] }
  >();

  readonly #open = new Set<string>();

  /** Something that no mask can hold. */
  say(sentence: string): void {
    this.#open.add(sentence);
  }

  bit(axis: Exclude<NeedAxis, "caps">, bit: number, why: string): void {
    if (bit < 0 || bit > 63) {
      this.say(`${why}: ${bit} is no number that can be delegated (${axis})`);
      return;
    }
    // Of several names for one number the last is the one in use.
    const members = enumMembers(kinds[axis], newestRelease).filter(({ value }) => value === bit);
    this.#add(axis, members.at(-1)?.name.toLowerCase() ?? String(bit), bit, why);
  }

  capability(name: keyof typeof caps, why: string): void {
    this.#add("caps", name, caps[name], why);
  }

  #add(axis: NeedAxis, name: string, bit: number, why: string): void {
    const key = `${axis} ${bit}`;
    const known = this.#reasons.get(key) ?? { axis, name, bit, why: [] };
    if (!known.why.includes(why)) known.why.push(why);
    this.#reasons.set(key, known);
  }

  needs(): ObjectNeeds {
    const all = [...this.#reasons.values()];
    const of = (axis: NeedAxis) => all.filter((need) => need.axis === axis);
    const mask = (axis: NeedAxis): BitSet => BitSet.of(...of(axis).map(({ bit }) => bit));
    const order = ["cmds", "maps", "progs", "attachs", "caps"] as const;
    return {
      cmds: mask("cmds"),
      maps: mask("maps"),
      progs: mask("progs"),
      attachs: mask("attachs"),
      capabilities: of("caps").map(({ name }) => name),
      needs: order.flatMap((axis) =>
        of(axis)
          .sort((a, b) => a.bit - b.bit)
          .map(({ name, bit, why }) => ({ axis, name, bit, because: why })),
      ),
      open: [...this.#open],
    };
  }
}
