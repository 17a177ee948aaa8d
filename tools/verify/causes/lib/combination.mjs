// SPDX-License-Identifier: MIT
// Random combinations of everything that decides about a load.
import { axisNames } from "@bpf-token/delegation";
import { AttachType, BpfCmd, MapType, ProgType, tokenAttachType } from "@bpf-token/uapi";
import { randomFrom } from "../../fixes/lib/trial.mjs";

/** Map types that an object can define with these sizes: key, value, entries, and map flags. */
const maps = {
  ARRAY: [4, 8, 1],
  HASH: [4, 8, 1],
  PERCPU_ARRAY: [4, 8, 1],
  PERCPU_HASH: [4, 8, 1],
  LRU_HASH: [4, 8, 1],
  LRU_PERCPU_HASH: [4, 8, 1],
  LPM_TRIE: [8, 8, 1, 1],
  QUEUE: [0, 8, 1],
  STACK: [0, 8, 1],
  BLOOM_FILTER: [0, 8, 1],
  RINGBUF: [0, 0, 4096],
  USER_RINGBUF: [0, 0, 4096],
  PROG_ARRAY: [4, 4, 1],
  PERF_EVENT_ARRAY: [4, 4, 1],
  CGROUP_ARRAY: [4, 4, 1],
  STACK_TRACE: [4, 8, 1],
  DEVMAP: [4, 4, 1],
  DEVMAP_HASH: [4, 4, 1],
  CPUMAP: [4, 4, 1],
  XSKMAP: [4, 4, 1],
  SOCKMAP: [4, 4, 1],
  SOCKHASH: [4, 4, 1],
  REUSEPORT_SOCKARRAY: [4, 4, 1],
};

/** Program types with a section name, the attach type of the load, and the value that they return. */
const programs = [
  ["SOCKET_FILTER", "socket", 0],
  ["XDP", "xdp", 2, "XDP"],
  ["SCHED_CLS", "tc", 0],
  ["SCHED_CLS", "tcx/ingress", 0, "TCX_INGRESS"],
  ["SCHED_ACT", "action", 0],
  ["CGROUP_SKB", "cgroup_skb/ingress", 1, "CGROUP_INET_INGRESS"],
  ["CGROUP_SKB", "cgroup_skb/egress", 1, "CGROUP_INET_EGRESS"],
  ["CGROUP_SOCK", "cgroup/sock_create", 1, "CGROUP_INET_SOCK_CREATE"],
  ["CGROUP_SOCK_ADDR", "cgroup/connect4", 1, "CGROUP_INET4_CONNECT"],
  ["CGROUP_DEVICE", "cgroup/dev", 1, "CGROUP_DEVICE"],
  ["CGROUP_SYSCTL", "cgroup/sysctl", 1, "CGROUP_SYSCTL"],
  ["CGROUP_SOCKOPT", "cgroup/getsockopt", 1, "CGROUP_GETSOCKOPT"],
  ["SOCK_OPS", "sockops", 1, "CGROUP_SOCK_OPS"],
  ["SK_SKB", "sk_skb/stream_verdict", 1, "SK_SKB_STREAM_VERDICT"],
  ["SK_MSG", "sk_msg", 1, "SK_MSG_VERDICT"],
  ["SK_LOOKUP", "sk_lookup", 1, "SK_LOOKUP"],
  ["FLOW_DISSECTOR", "flow_dissector", 0, "FLOW_DISSECTOR"],
  ["LWT_IN", "lwt_in", 0],
  ["KPROBE", "kprobe", 0],
  ["TRACEPOINT", "tracepoint", 0],
  ["PERF_EVENT", "perf_event", 0],
  ["RAW_TRACEPOINT", "raw_tp", 0],
];

/** How a program of a network interface is attached after its load. The section `tc` has no BPF link. */
const attachable = [
  ["XDP", "xdp", 2, "XDP"],
  ["SCHED_CLS", "tc", 0],
  ["SCHED_CLS", "tcx/ingress", 0, "TCX_INGRESS"],
];
export const hasLink = ({ section }) => section !== "tc";

const refusing = [undefined, undefined, undefined, undefined, undefined, undefined, undefined];
const capabilities = ["BPF", "NET_ADMIN", "PERFMON"];
const commands = ["MAP_CREATE", "PROG_LOAD", "BTF_LOAD"];

/** The call shapes of a combination, in the order of a load. */
export function callsOf({ map, program, attach }) {
  return [
    { cmd: BpfCmd.BTF_LOAD },
    { cmd: BpfCmd.MAP_CREATE, mapType: MapType[map] },
    {
      cmd: BpfCmd.PROG_LOAD,
      progType: ProgType[program],
      attachType: attach === undefined ? 0 : AttachType[attach],
    },
  ];
}

/**
 * Draws a combination. Each one has a seed of its own, so that it can be repeated alone.
 *
 * @param {number} seed
 * @param {string} [loader] - `plain` or `libbpf`; default: either of them
 */
export function drawCombination(seed, loader = undefined) {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1));
  const pick = (list) => list[random(list.length)];
  const map = pick(Object.keys(maps));
  const attaches = loader !== "plain" && random(5) === 0;
  const [program, section, returns, attach] = pick(attaches ? attachable : programs);
  const bit = ProgType[program];
  const needed = {
    cmds: commands.map((name) => BpfCmd[name]),
    maps: [MapType[map]],
    progs: [bit],
    attachs: [tokenAttachType(bit, attach === undefined ? 0 : AttachType[attach])],
  };
  // Without a bit in every second mask, most loads have several causes.
  const masks = Object.fromEntries(axisNames.map((axis) => [axis, drawMask(random, needed[axis])]));
  const one = {
    ...{ seed, map, program, section, returns, attach, masks },
    caps: random(3) === 0 ? [...capabilities] : capabilities.filter(() => random(4) !== 0),
    seccomp: pick([...refusing, "bpf"]) !== undefined,
    loader: pick(["plain", "plain", "libbpf"]),
    printk: random(6) === 0,
    netns: pick(["own", "creator"]),
    wire: undefined,
  };
  if (!attaches) return loader === undefined ? one : { ...one, loader };
  const wire = hasLink(one) ? pick(["netlink", "link"]) : "netlink";
  return { ...one, loader: "libbpf", wire };
}

/** Mostly what is needed, sometimes with a bit less or nothing; and other bits that change nothing. */
function drawMask(random, needed) {
  if (random(3) === 0) return ANY;
  const kept = needed.filter(() => random(5) !== 0);
  const other = random(3) === 0 ? [random(5) + 1] : [];
  return [...kept, ...other].reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
}

/** The mask of `any`. */
export const ANY = (1n << 64n) - 1n;

/** The C source of the object of a combination. */
export function sourceOf({ map, section, returns, printk }) {
  const [key, value, entries, flags = 0] = maps[map];
  const sizes = [
    ...(key === 0 ? [] : [`__uint(key_size, ${key});`]),
    ...(value === 0 ? [] : [`__uint(value_size, ${value});`]),
    ...(flags === 0 ? [] : [`__uint(map_flags, ${flags});`]),
  ];
  return `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_${map}); ${sizes.join(" ")} __uint(max_entries, ${entries}); } m SEC(".maps");
SEC("${section}") int p(void *ctx) { ${printk ? 'bpf_printk("x");' : ""} return ${returns}; }
char _license[] SEC("license") = "GPL";
`;
}

/** A combination in one line. */
export function textOf({
  seed,
  loader,
  map,
  program,
  attach,
  masks,
  caps,
  seccomp,
  printk,
  netns,
  wire,
}) {
  return [
    `seed ${seed}: ${loader}`,
    map,
    attach === undefined ? program : `${program}/${attach}`,
    ...axisNames.map((axis) => `${axis}=${masks[axis] === ANY ? "any" : masks[axis].toString(16)}`),
    `caps=${caps.join() || "-"}`,
    ...(printk ? ["printk"] : []),
    `netns=${netns}`,
    ...(wire === undefined ? [] : [`attaches by ${wire}`]),
    ...(seccomp ? ["seccomp"] : []),
  ].join(" ");
}
