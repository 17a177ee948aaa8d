// SPDX-License-Identifier: MIT
import { bpf, type FdLike, fdOf, raw } from "@bpf-token/syscall";
import { AT, AttachType, type AttrByCmd, type Mem, O, ProgType } from "@bpf-token/uapi";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";
import { adoptLink, type Link } from "./link.js";
import type { AttachOptions } from "./options.js";

type LinkAttr = Partial<AttrByCmd["LINK_CREATE"]>;

/** How programs of some types are attached: what stands in the attribute beside the program. */
type Way = (program: Program, options: AttachOptions, open: Opener) => LinkAttr;

/** Opens what is given as a path; the end of the call closes it. */
type Opener = (what: string, given: string | FdLike | undefined) => number;

const interfaces: Way = (program, { ifindex }) => {
  if (ifindex === undefined) wants(program, "ifindex: the number of a network interface");
  return { target_ifindex: ifindex as number };
};

const cgroups: Way = (_, { cgroup }, open) => ({ target_fd: open("cgroup", cgroup) });

const namespaces: Way = (_, { netns }, open) => ({ target_fd: open("netns", netns) });

const sockets: Way = (_, { map }, open) => ({ target_fd: open("map", map) });

const events: Way = (program, { perfEvent, cookie = 0n }) => {
  if (perfEvent === undefined) {
    wants(program, "perfEvent: a descriptor of perf_event_open(2), which this package cannot make");
  }
  return { target_fd: fdOf(perfEvent as FdLike), "perf_event.bpf_cookie": cookie };
};

const functions: Way = (_, { cookie = 0n }) => ({ "tracing.cookie": cookie });

const filters: Way = (program, { netfilter }) => {
  if (netfilter === undefined) wants(program, "netfilter: family, hook and priority");
  const { family, hook, priority } = netfilter as NonNullable<AttachOptions["netfilter"]>;
  return { "netfilter.pf": family, "netfilter.hooknum": hook, "netfilter.priority": priority };
};

/** union bpf_iter_link_info: a map's descriptor; order and descriptor of a cgroup; thread and process. */
const iterators: Way = (_, { map, cgroup, pid }, open) => {
  const words = iteratorWords(map, cgroup === undefined ? undefined : open("cgroup", cgroup), pid);
  if (words === undefined) return {};
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  return { iter_info: { bytes, dir: "in" }, iter_info_len: bytes.length };
};

/** BPF_CGROUP_ITER_DESCENDANTS_PRE: a group before those in it. */
const DESCENDANTS = 2;

function iteratorWords(
  map: FdLike | undefined,
  cgroup: number | undefined,
  pid: number | undefined,
): readonly number[] | undefined {
  if (map !== undefined) return [fdOf(map)];
  if (cgroup !== undefined) return [DESCENDANTS, cgroup];
  return pid === undefined ? undefined : [0, pid];
}

const multi: Way = ({ spec, name }, { symbols, cookie }) => {
  const wanted = symbols ?? (spec.target === undefined ? [] : [spec.target]);
  const pattern = wanted.find((symbol) => /[*?]/.test(symbol));
  if (wanted.length === 0)
    throw new AttachError(name, "say symbols: names of functions of the kernel");
  if (pattern !== undefined) {
    const how = "find them in /proc/kallsyms and give them as symbols";
    throw new AttachError(name, `'${pattern}' is a pattern, not a name: ${how}`);
  }
  const flags = spec.section.startsWith("kretprobe") ? 1 : 0;
  return {
    "kprobe_multi.flags": flags,
    "kprobe_multi.cnt": wanted.length,
    "kprobe_multi.syms": texts(wanted),
    ...(cookie === undefined
      ? {}
      : { "kprobe_multi.cookies": { bytes: cookies(wanted.length, cookie), dir: "in" } }),
  };
};

function cookies(count: number, cookie: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array(count).fill(cookie).buffer);
}

/** An array of pointers to texts. */
function texts(names: readonly string[]): Mem {
  const pointers = names.map((name, i) => ({ offset: 8 * i, to: name }));
  return { bytes: new Uint8Array(8 * names.length), dir: "in", pointers };
}

const tracing: Readonly<Record<number, Way>> = {
  [AttachType.TRACE_RAW_TP]: functions,
  [AttachType.TRACE_FENTRY]: functions,
  [AttachType.TRACE_FEXIT]: functions,
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
  [ProgType.PERF_EVENT]: events,
  [ProgType.TRACEPOINT]: events,
  [ProgType.KPROBE]: {
    0: events,
    [AttachType.TRACE_KPROBE_MULTI]: multi,
    [AttachType.TRACE_KPROBE_SESSION]: multi,
  },
};

/**
 * Attaches a program to what its section names, or to what is said.
 *
 * @param program - of a `Collection`.
 * @returns the link; the program is attached until it is closed.
 * @throws AttachError if something has to be said that was not, or there is no link for the type:
 *   socket filters, struct_ops; BpfError if the kernel refuses.
 */
export function attach(program: Program, options: AttachOptions = {}): Link {
  const { spec, task } = program;
  const { RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE } = ProgType;
  if (spec.type === RAW_TRACEPOINT || spec.type === RAW_TRACEPOINT_WRITABLE) {
    return rawTracepoint(program, options);
  }
  const type = options.attachType === undefined ? spec.attach : AttachType[options.attachType];
  const found = ways[spec.type];
  const way = typeof found === "function" ? found : found?.[type];
  if (way === undefined) throw new AttachError(program.name, noLink(spec.type));
  checkType(program, options);
  const opened: number[] = [];
  const open: Opener = (what, given) => openTarget(program, what, given, opened);
  try {
    const attr = {
      prog_fd: program.fd.fd,
      attach_type: linkType(spec.type, type),
      ...way(program, options, open),
    };
    const ret = bpf(task, "LINK_CREATE", { ...attr, flags: options.flags ?? 0 });
    return adoptLink(task, ret, "LINK_CREATE", program.name);
  } finally {
    for (const fd of opened) raw.close(task, fd);
  }
}

/** What is attached to events has an attach type of links alone. */
function linkType(type: number, attach: number): number {
  const { PERF_EVENT, TRACEPOINT, KPROBE } = ProgType;
  const event = type === PERF_EVENT || type === TRACEPOINT || (type === KPROBE && attach === 0);
  return event ? AttachType.PERF_EVENT : attach;
}

/** Programs whose section leaves open which of several types is meant. */
function checkType({ spec, name }: Program, { attachType }: AttachOptions): void {
  if (attachType !== undefined || spec.attach !== 0) return;
  if (spec.type === ProgType.SCHED_CLS) {
    throw new AttachError(name, 'say attachType: TCX_INGRESS or TCX_EGRESS, or SEC("tcx/ingress")');
  }
  if (spec.type === ProgType.CGROUP_SKB && spec.section === "cgroup/skb") {
    throw new AttachError(name, "say attachType: CGROUP_INET_INGRESS or CGROUP_INET_EGRESS");
  }
}

function rawTracepoint(program: Program, { tracepoint, cookie }: AttachOptions): Link {
  const name = tracepoint ?? program.spec.target;
  if (name === undefined) wants(program, 'tracepoint: its name, as in SEC("raw_tp/sys_enter")');
  const ret = bpf(program.task, "RAW_TRACEPOINT_OPEN", {
    name: name as string,
    prog_fd: program.fd.fd,
    ...(cookie === undefined ? {} : { cookie }),
  });
  return adoptLink(program.task, ret, "RAW_TRACEPOINT_OPEN", program.name);
}

function openTarget(
  program: Program,
  what: string,
  given: string | FdLike | undefined,
  opened: number[],
): number {
  if (given === undefined) wants(program, `${what}: a path or a descriptor`);
  if (typeof given !== "string") return fdOf(given as FdLike);
  const fd = raw.openat(program.task, AT.FDCWD, given, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) throw AttachError.unopened(program.name, given, fd);
  opened.push(fd);
  return fd;
}

function wants(program: { readonly name: string }, what: string): never {
  throw new AttachError(program.name, `say ${what}`);
}

function noLink(type: number): string {
  if (type === ProgType.SOCKET_FILTER) {
    return "socket filters have no links: setsockopt(SO_ATTACH_BPF) on the socket takes its descriptor";
  }
  if (type === ProgType.STRUCT_OPS) return "the map of a struct_ops is attached, not its programs";
  const name = Object.entries(ProgType).find(([, value]) => value === type)?.[0];
  return `there is no way to attach programs of type ${name ?? type}, or not with this attach type`;
}
