// SPDX-License-Identifier: MIT
import { ProgType } from "@bpf-token/uapi";
import { anyScalar, anything, Kind, pointer, type Value } from "./value.js";

/** A field that the verifier replaces by a pointer: its offset, its size, and what it points to. */
type Field = readonly [offset: number, size: number, kind: number];

const skb: readonly Field[] = [
  [76, 4, Kind.PACKET],
  [80, 4, Kind.PACKET_END],
  [140, 4, Kind.PACKET_META],
  [144, 8, Kind.MEM],
  [168, 8, Kind.SOCKET],
];

/** The pointers in the context of each program type. */
const fields: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  ...[ProgType.SOCKET_FILTER, ProgType.SCHED_CLS, ProgType.SCHED_ACT, ProgType.CGROUP_SKB].map(
    (type) => [type, skb] as const,
  ),
  ...[ProgType.SK_SKB, ProgType.LWT_IN, ProgType.LWT_OUT, ProgType.LWT_XMIT].map(
    (type) => [type, skb] as const,
  ),
  ...[ProgType.LWT_SEG6LOCAL, ProgType.FLOW_DISSECTOR].map((type) => [type, skb] as const),
  [
    ProgType.XDP,
    [
      [0, 4, Kind.PACKET],
      [4, 4, Kind.PACKET_END],
      [8, 4, Kind.PACKET_META],
    ],
  ],
  [
    ProgType.SK_MSG,
    [
      [0, 8, Kind.PACKET],
      [8, 8, Kind.PACKET_END],
      [72, 8, Kind.SOCKET],
    ],
  ],
  [
    ProgType.SK_REUSEPORT,
    [
      [0, 8, Kind.PACKET],
      [8, 8, Kind.PACKET_END],
      [40, 8, Kind.SOCKET],
      [48, 8, Kind.SOCKET],
    ],
  ],
  [
    ProgType.CGROUP_SOCKOPT,
    [
      [0, 8, Kind.SOCKET],
      [8, 8, Kind.PACKET],
      [16, 8, Kind.PACKET_END],
    ],
  ],
  [
    ProgType.SOCK_OPS,
    [
      [184, 8, Kind.SOCKET],
      [192, 8, Kind.PACKET],
      [200, 8, Kind.PACKET_END],
    ],
  ],
  [ProgType.CGROUP_SOCK_ADDR, [[64, 8, Kind.SOCKET]]],
  [ProgType.SK_LOOKUP, [[0, 8, Kind.SOCKET]]],
  ...[ProgType.CGROUP_SOCK, ProgType.CGROUP_DEVICE, ProgType.CGROUP_SYSCTL].map(
    (type) => [type, []] as const,
  ),
  ...[ProgType.SYSCALL, ProgType.LIRC_MODE2].map((type) => [type, []] as const),
]);

/** What a program reads from its context. */
export function readContext(type: number, { lo, hi }: Value, off: number, size: number): Value {
  const known = fields.get(type);
  if (known === undefined) return anything;
  // Offsets that are not constant: any field.
  const hit = known.find(([at, bytes]) => hi + off + size > at && lo + off < at + bytes);
  if (hit === undefined) return anyScalar;
  if (lo !== hi) return anything;
  const [, , kind] = hit;
  return kind === Kind.SOCKET ? pointer(kind, { nullable: true }) : pointer(kind);
}

/** Tests compare the table with the headers of the kernel. @internal */
export const contextFields: ReadonlyMap<number, readonly Field[]> = fields;
