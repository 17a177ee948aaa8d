// SPDX-License-Identifier: MIT
import { assertOptions, bpf, fdOf } from "@bpf-token/syscall";
import {
  AttachType,
  type AttachTypeName,
  type AttrByCmd,
  type Mem,
  ProgType,
} from "@bpf-token/uapi";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";
import { adoptLink, type Link } from "./link.js";
import type { AttachOptions } from "./options.js";
import { kernelProbe, tracepoint, userPlaces, userProbe } from "./probes.js";
import { Targets, wants } from "./targets.js";

type LinkAttr = Partial<AttrByCmd["LINK_CREATE"]>;

/** Builds the LINK_CREATE attributes of some program types, apart from the program's fd. */
type Way = (program: Program, options: AttachOptions, targets: Targets) => LinkAttr;

const interfaces: Way = (program, { ifindex }) => {
  if (ifindex === undefined) wants(program, "ifindex: the number of a network interface");
  return { target_ifindex: ifindex as number };
};

const cgroups: Way = (_, { cgroup }, targets) => ({
  target_fd: targets.open("cgroup", cgroup),
});

const namespaces: Way = (_, { netns }, targets) => ({
  target_fd: targets.open("netns", netns),
});

const sockets: Way = (_, { map }, targets) => ({ target_fd: targets.open("map", map) });

/** Creates the perf event that the program's section names. */
type EventMaker = (program: Program, options: AttachOptions, targets: Targets) => number;

/** Uses the given perf event, or creates one; the link keeps it open. */
const events =
  (make: EventMaker): Way =>
  (program, options, targets) => {
    const { perfEvent, cookie = 0n } = options;
    const target_fd =
      perfEvent === undefined
        ? make(program, options, targets)
        : fdOf(perfEvent, program.task, "perfEvent");
    return { target_fd, "perf_event.bpf_cookie": cookie };
  };

const given: EventMaker = (program) => wants(program, "perfEvent: an event of openPerfEvent()");

const probe: EventMaker = (program, options, targets) => {
  if (program.spec.usdt) {
    wants(program, "perfEvent: this package cannot find the location of USDT probes");
  }
  const make = program.spec.section.startsWith("u") ? userProbe : kernelProbe;
  return make(program, options, targets);
};

const functions: Way = (_, { cookie = 0n }) => ({ "tracing.cookie": cookie });

const filters: Way = (program, { netfilter }) => {
  if (netfilter === undefined) wants(program, "netfilter: family, hook and priority");
  const { family, hook, priority } = netfilter as NonNullable<AttachOptions["netfilter"]>;
  return { "netfilter.pf": family, "netfilter.hooknum": hook, "netfilter.priority": priority };
};

/** Builds union bpf_iter_link_info: a map's fd; a cgroup's order and fd; or thread and process. */
const iterators: Way = ({ task }, { map, cgroup, pid }, targets) => {
  const group = cgroup === undefined ? undefined : targets.open("cgroup", cgroup);
  const visited = map === undefined ? undefined : fdOf(map, task, "map");
  const words = iteratorWords(visited, group, pid);
  if (words === undefined) return {};
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  return { iter_info: { bytes, dir: "in" }, iter_info_len: bytes.length };
};

/** BPF_CGROUP_ITER_DESCENDANTS_PRE: visits a cgroup before its descendants. */
const DESCENDANTS = 2;

function iteratorWords(
  map: number | undefined,
  cgroup: number | undefined,
  pid: number | undefined,
): readonly number[] | undefined {
  if (map !== undefined) return [map];
  if (cgroup !== undefined) return [DESCENDANTS, cgroup];
  return pid === undefined ? undefined : [0, pid];
}

const multi: Way = ({ spec, name }, { symbols, cookie }) => {
  const wanted = symbols ?? (spec.target === undefined ? [] : [spec.target]);
  const pattern = wanted.find((symbol) => /[*?]/.test(symbol));
  if (wanted.length === 0)
    throw new AttachError(name, "the section names no function; set symbols: kernel functions");
  if (pattern !== undefined) {
    const how = "find the functions in /proc/kallsyms and set them as symbols";
    throw new AttachError(name, `'${pattern}' is a pattern, not a function name; ${how}`);
  }
  const flags = spec.section.startsWith("kretprobe") ? 1 : 0;
  return {
    "kprobe_multi.flags": flags,
    "kprobe_multi.cnt": wanted.length,
    "kprobe_multi.syms": texts(wanted),
    ...(cookie === undefined ? {} : { "kprobe_multi.cookies": longs(wanted.map(() => cookie)) }),
  };
};

/** Attaches to several functions of one executable or library. Since Linux 6.6. */
const multiUser: Way = (program, options) => {
  const { path, places } = userPlaces(program, options);
  const { pid, cookie } = options;
  return {
    "uprobe_multi.path": path,
    "uprobe_multi.offsets": longs(places.map(BigInt)),
    "uprobe_multi.cnt": places.length,
    "uprobe_multi.flags": program.spec.section.startsWith("uret") ? 1 : 0,
    ...(pid === undefined ? {} : { "uprobe_multi.pid": pid }),
    ...(cookie === undefined ? {} : { "uprobe_multi.cookies": longs(places.map(() => cookie)) }),
  };
};

function longs(values: readonly bigint[]): Mem {
  return { bytes: new Uint8Array(BigUint64Array.from(values).buffer), dir: "in" };
}

/** Encodes an array of pointers to strings. */
function texts(names: readonly string[]): Mem {
  const pointers = names.map((name, i) => ({ offset: 8 * i, to: name }));
  return { bytes: new Uint8Array(8 * names.length), dir: "in", pointers };
}

const tracing: Readonly<Record<number, Way>> = {
  [AttachType.TRACE_RAW_TP]: functions,
  [AttachType.TRACE_FENTRY]: functions,
  [AttachType.TRACE_FEXIT]: functions,
  [AttachType.TRACE_FSESSION]: functions,
  [AttachType.MODIFY_RETURN]: functions,
  [AttachType.TRACE_ITER]: iterators,
};

const ways: Readonly<Record<number, Way | Readonly<Record<number, Way>>>> = {
  [ProgType.XDP]: interfaces,
  [ProgType.SCHED_CLS]: interfaces,
  [ProgType.CGROUP_SKB]: cgroups,
  [ProgType.CGROUP_SOCK]: cgroups,
  [ProgType.CGROUP_SOCK_ADDR]: cgroups,
  [ProgType.CGROUP_SOCKOPT]: cgroups,
  [ProgType.CGROUP_SYSCTL]: cgroups,
  [ProgType.CGROUP_DEVICE]: cgroups,
  [ProgType.SOCK_OPS]: cgroups,
  [ProgType.SK_LOOKUP]: namespaces,
  [ProgType.FLOW_DISSECTOR]: namespaces,
  [ProgType.SK_MSG]: sockets,
  [ProgType.SK_SKB]: sockets,
  [ProgType.NETFILTER]: filters,
  [ProgType.TRACING]: tracing,
  [ProgType.LSM]: { [AttachType.LSM_MAC]: functions, [AttachType.LSM_CGROUP]: cgroups },
  [ProgType.EXT]: functions,
  [ProgType.PERF_EVENT]: events(given),
  [ProgType.TRACEPOINT]: events(tracepoint),
  [ProgType.KPROBE]: {
    0: events(probe),
    [AttachType.TRACE_KPROBE_MULTI]: multi,
    [AttachType.TRACE_KPROBE_SESSION]: multi,
    [AttachType.TRACE_UPROBE_MULTI]: multiUser,
    [AttachType.TRACE_UPROBE_SESSION]: multiUser,
  },
};

const names: readonly (keyof AttachOptions)[] = [
  ...(["ifindex", "cgroup", "netns", "map", "perfEvent", "pid", "symbols", "binary"] as const),
  ...(["offset", "netfilter", "tracepoint", "attachType", "flags", "cookie"] as const),
];

function typeNamed(name: AttachTypeName): number {
  if (Object.hasOwn(AttachType, name)) return AttachType[name];
  throw new TypeError(`attach: attachType: unknown name '${name}'`);
}

/**
 * Attaches a program to the target that its section names, or to the one in `options`.
 *
 * @param program - a program of a {@link Collection}.
 * @returns the link. The program stays attached until you close the link.
 * @throws AttachError if an option is missing, or if the program type has no links (socket filters,
 *   struct_ops); BpfError if the kernel refuses.
 * @example
 * ```ts
 * using link = attach(collection.program("count"), { ifindex: 1 });
 * ```
 */
export function attach(program: Program, options: AttachOptions = {}): Link {
  assertOptions("attach", options, names);
  const { spec, task } = program;
  const { RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE } = ProgType;
  if (spec.type === RAW_TRACEPOINT || spec.type === RAW_TRACEPOINT_WRITABLE) {
    return rawTracepoint(program, options);
  }
  const type = options.attachType === undefined ? spec.attach : typeNamed(options.attachType);
  const found = ways[spec.type];
  const way = typeof found === "function" ? found : found?.[type];
  if (way === undefined) throw new AttachError(program.name, noLink(spec.type, type));
  checkType(program, options);
  const targets = new Targets(program);
  try {
    const attr = {
      prog_fd: program.fd.fd,
      attach_type: linkType(spec.type, type),
      ...way(program, options, targets),
    };
    const ret = bpf(task, "LINK_CREATE", { ...attr, flags: options.flags ?? 0 });
    return adoptLink(task, ret, "LINK_CREATE", program.name);
  } finally {
    targets.close();
  }
}

/** Returns the attach type of the link. Programs on perf events use one that only links have. */
function linkType(type: number, attach: number): number {
  const { PERF_EVENT, TRACEPOINT, KPROBE } = ProgType;
  const event = type === PERF_EVENT || type === TRACEPOINT || (type === KPROBE && attach === 0);
  return event ? AttachType.PERF_EVENT : attach;
}

/** Refuses program types with several attach types if neither section nor options select one. */
function checkType({ spec, name }: Program, { attachType }: AttachOptions): void {
  if (attachType !== undefined || spec.attach !== 0) return;
  if (spec.type === ProgType.SCHED_CLS) {
    throw new AttachError(name, 'set attachType: TCX_INGRESS or TCX_EGRESS, or SEC("tcx/ingress")');
  }
  if (spec.type === ProgType.CGROUP_SKB && spec.section === "cgroup/skb") {
    throw new AttachError(name, "set attachType: CGROUP_INET_INGRESS or CGROUP_INET_EGRESS");
  }
}

function rawTracepoint(program: Program, { tracepoint, cookie }: AttachOptions): Link {
  const name = tracepoint ?? program.spec.target;
  if (name === undefined) wants(program, 'tracepoint: its name, as in SEC("raw_tp/sys_enter")');
  const ret = bpf(program.task, "RAW_TRACEPOINT_OPEN", {
    name,
    prog_fd: program.fd.fd,
    ...(cookie === undefined ? {} : { cookie }),
  });
  return adoptLink(program.task, ret, "RAW_TRACEPOINT_OPEN", program.name);
}

/** Since Linux 7.2: tracing programs for many functions, whose links attach() cannot create. */
const manyFunctions: Readonly<Record<number, string>> = {
  [AttachType.TRACE_FENTRY_MULTI]: "fentry",
  [AttachType.TRACE_FEXIT_MULTI]: "fexit",
  [AttachType.TRACE_FSESSION_MULTI]: "fsession",
};

function noLink(type: number, attach: number): string {
  const one = type === ProgType.TRACING ? manyFunctions[attach] : undefined;
  if (one !== undefined) {
    return `attach() does not support ${one}.multi, one program for many functions; use SEC("${one}/FUNCTION") for each function`;
  }
  if (type === ProgType.SOCKET_FILTER) {
    return "socket filters have no links; use attachToSocket(program, socket)";
  }
  if (type === ProgType.STRUCT_OPS) {
    return "the kernel attaches the map of a struct_ops, not its programs";
  }
  const name = Object.entries(ProgType).find(([, value]) => value === type)?.[0];
  return `attach() does not support program type ${name ?? type} with this attach type`;
}
