// SPDX-License-Identifier: MIT

/** An Ethernet header. `type` is that of the next header; without one, 0x88b5 (local experiments). */
export interface EthernetLayer {
  readonly eth: { readonly src?: string; readonly dst?: string; readonly type?: number };
}

/** A VLAN tag of IEEE 802.1Q. */
export interface VlanLayer {
  readonly vlan: { readonly id: number; readonly priority?: number; readonly type?: number };
}

/** An IPv4 header. Length, protocol and checksum are computed unless they are given. */
export interface Ipv4Layer {
  readonly ipv4: {
    readonly src?: string;
    readonly dst?: string;
    readonly ttl?: number;
    readonly tos?: number;
    readonly id?: number;
    /** More fragments follow. */
    readonly more?: boolean;
    readonly dont_fragment?: boolean;
    /** The fragment's offset, in units of eight bytes. */
    readonly offset?: number;
    readonly protocol?: number;
    readonly length?: number;
    readonly checksum?: number;
  };
}

/** An IPv6 header. Length and next header are computed unless they are given. */
export interface Ipv6Layer {
  readonly ipv6: {
    readonly src?: string;
    readonly dst?: string;
    readonly hop_limit?: number;
    readonly traffic_class?: number;
    readonly flow_label?: number;
    readonly next_header?: number;
    readonly length?: number;
  };
}

/** A TCP header. `flags` are letters: `SA` is SYN and ACK; of F, S, R, P, A, U, E, C. */
export interface TcpLayer {
  readonly tcp: {
    readonly src?: number;
    readonly dst?: number;
    readonly seq?: number;
    readonly ack?: number;
    readonly flags?: string;
    readonly window?: number;
    readonly checksum?: number;
  };
}

/** A UDP header. */
export interface UdpLayer {
  readonly udp: {
    readonly src?: number;
    readonly dst?: number;
    readonly length?: number;
    readonly checksum?: number;
  };
}

/** An ICMP or ICMPv6 header, by the header before it. The default is an echo request. */
export interface IcmpLayer {
  readonly icmp: {
    readonly type?: number;
    readonly code?: number;
    readonly id?: number;
    readonly seq?: number;
    readonly checksum?: number;
  };
}

/** Bytes after the headers: text is UTF-8. */
export interface PayloadLayer {
  readonly payload: string | Uint8Array;
}

/** Keeps this many bytes of the packet. It must be the last part. */
export interface Truncation {
  readonly truncate: number;
}

/** A part of a packet; see {@link packet}. A name alone is a header with its defaults. */
export type Layer =
  | "eth"
  | "ipv4"
  | "ipv6"
  | "tcp"
  | "udp"
  | "icmp"
  | EthernetLayer
  | VlanLayer
  | Ipv4Layer
  | Ipv6Layer
  | TcpLayer
  | UdpLayer
  | IcmpLayer
  | PayloadLayer
  | Truncation;

/** Every field of a layer, which {@link packet} writes; unknown names are mistakes. */
export const layerFields: Readonly<Record<string, readonly string[]>> = {
  eth: ["src", "dst", "type"],
  vlan: ["id", "priority", "type"],
  ipv4: [
    ...["src", "dst", "ttl", "tos", "id", "more", "dont_fragment", "offset", "protocol"],
    ...["length", "checksum"],
  ],
  ipv6: ["src", "dst", "hop_limit", "traffic_class", "flow_label", "next_header", "length"],
  tcp: ["src", "dst", "seq", "ack", "flags", "window", "checksum"],
  udp: ["src", "dst", "length", "checksum"],
  icmp: ["type", "code", "id", "seq", "checksum"],
  payload: [],
  truncate: [],
};
