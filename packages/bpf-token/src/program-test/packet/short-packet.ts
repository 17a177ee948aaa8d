// SPDX-License-Identifier: MIT
import { ProgType } from "@bpf-token/uapi";
import { counted } from "../value/show.js";

const ETHERNET = 14;
/** Headers that the kernel needs after Ethernet for programs that see a socket buffer. */
const headers: Readonly<Record<number, readonly [string, number]>> = {
  2048: ["IPv4", 20],
  34525: ["IPv6", 40],
};

const types: ReadonlySet<number> = new Set([
  ...[ProgType.XDP, ProgType.SCHED_CLS, ProgType.SCHED_ACT, ProgType.SOCKET_FILTER],
  ...[ProgType.CGROUP_SKB, ProgType.FLOW_DISSECTOR],
]);

/**
 * Why the kernel refuses to run a program on a packet with EINVAL: it is too short. Undefined if it is
 * long enough. net/bpf/test_run.c: bpf_prog_test_run_xdp, bpf_prog_test_run_skb.
 */
export function shortPacketText(type: number, packet: Uint8Array | undefined): string | undefined {
  if (!types.has(type)) return undefined;
  const size = packet?.length ?? 0;
  if (packet === undefined || size < ETHERNET)
    return `the packet has ${counted(size, "byte")}, an Ethernet header has ${ETHERNET}`;
  if (type === ProgType.XDP) return undefined;
  const [name, length] = headers[((packet[12] ?? 0) << 8) | (packet[13] ?? 0)] ?? ["", 0];
  if (size >= ETHERNET + length) return undefined;
  return `the packet has ${counted(size, "byte")}, the headers of Ethernet and ${name} have ${ETHERNET + length}`;
}
