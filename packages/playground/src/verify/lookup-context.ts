// SPDX-License-Identifier: MIT

const ETHERNET = 14;
const AF_INET = 2;
const AF_INET6 = 10;
/** TCP and UDP: the kernel looks up no socket for another protocol. */
const protocols: ReadonlySet<number> = new Set([6, 17]);

/** Where an IP header has what a lookup needs. */
const headers: Readonly<
  Record<number, { family: number; size: number; protocol: number; source: number; bytes: number }>
> = {
  2048: { family: AF_INET, size: 20, protocol: 9, source: 12, bytes: 4 },
  34525: { family: AF_INET6, size: 40, protocol: 6, source: 8, bytes: 16 },
};

/**
 * Returns the `struct bpf_sk_lookup` of a packet that arrives: an sk_lookup program gets its addresses
 * and ports, and not the packet.
 *
 * @throws RangeError for a packet for which the kernel looks up no socket.
 */
export function lookupContext(packet: Uint8Array): Uint8Array {
  const from = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const header = packet.length < ETHERNET ? undefined : headers[from.getUint16(12)];
  const ports = ETHERNET + (header?.size ?? 0);
  const protocol = header && packet[ETHERNET + header.protocol];
  const known = protocol !== undefined && protocols.has(protocol) && packet.length >= ports + 4;
  if (header === undefined || !known)
    throw new RangeError(
      "the packet is not TCP or UDP after IPv4 or IPv6, so the kernel looks up no socket. Write headers such as 'eth, ipv4, tcp'",
    );
  const bytes = new Uint8Array(72);
  const context = new DataView(bytes.buffer);
  const at = ETHERNET + header.source;
  const isV4 = header.family === AF_INET;
  context.setUint32(8, header.family, true);
  context.setUint32(12, protocol, true);
  bytes.set(packet.subarray(at, at + header.bytes), isV4 ? 16 : 20);
  bytes.set(packet.subarray(ports, ports + 2), 36); // in network byte order
  bytes.set(packet.subarray(at + header.bytes, at + 2 * header.bytes), isV4 ? 40 : 44);
  context.setUint32(60, from.getUint16(ports + 2), true);
  return bytes;
}
