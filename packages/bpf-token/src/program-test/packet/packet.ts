// SPDX-License-Identifier: MIT
import { addressBytes } from "./addresses.js";
import { type Layer, layerFields } from "./layers.js";

const FRAME_TYPES: Readonly<Record<string, number>> = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100 };
/** For other bytes after Ethernet: the first value for local experiments. */
const LOCAL = 0x88b5;
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, ipv4: 4, ipv6: 41 };
const ICMPV6 = 58;
/** Each layer copies and sums up those after it. */
const MOST_LAYERS = 256;

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One layer while a packet is built: what follows it is known. */
interface Place {
  readonly fields: Fields;
  readonly next: string | undefined;
  readonly rest: Uint8Array;
  /** The addresses of the IP header before it. */
  readonly addresses: Uint8Array | undefined;
}

/**
 * Builds a packet from its headers, with lengths, protocols and checksums.
 *
 * @param layers - from the outside: Ethernet first.
 * @throws RangeError for an address or a number that does not fit; TypeError for an unknown layer or
 *   field.
 * @example
 * ```ts
 * const dns = packet([
 *   { eth: {} },
 *   { ipv4: { src: "10.0.0.1", dst: "10.0.0.53" } },
 *   { udp: { src: 40000, dst: 53 } },
 *   { payload: "query" },
 * ]);
 * const short = packet(["eth", "ipv4", { truncate: 20 }]);
 * ```
 */
export function packet(layers: readonly Layer[]): Uint8Array {
  return buildPacket(layers, { layer: undefined });
}

/** Returns the bytes of a packet. `at` follows the layer that is checked, for the error that it causes. */
export function buildPacket(
  layers: readonly Layer[],
  at: { layer: number | undefined },
): Uint8Array {
  if (layers.length > MOST_LAYERS)
    throw new RangeError(`the packet has ${layers.length} layers; ${MOST_LAYERS} are the most`);
  const named = layers.map((layer, i) => {
    at.layer = i;
    return layerOf(layer);
  });
  const [last, fields] = named.at(-1) ?? [];
  if (last === "truncate" && fields !== undefined) {
    const whole = buildPacket(layers.slice(0, -1), at);
    at.layer = layers.length - 1;
    return truncated(whole, fields);
  }
  let rest: Uint8Array = new Uint8Array();
  for (const [i, [name, fields]] of [...named.entries()].reverse()) {
    at.layer = i;
    const next = named[i + 1]?.[0];
    const addresses = addressesBefore(layers, i);
    const build = builders[name] as (place: Place) => Uint8Array;
    const header = build({ fields, next, rest, addresses });
    rest = join(header, rest);
  }
  return rest;
}

function truncated(whole: Uint8Array, { bytes: length }: Fields): Uint8Array {
  if (
    typeof length === "number" &&
    Number.isInteger(length) &&
    length >= 0 &&
    length <= whole.length
  )
    return whole.slice(0, length);
  throw new RangeError(
    `truncate: ${String(length)} is not a number from 0 to ${whole.length}, the length of the packet`,
  );
}

function layerOf(given: unknown): [string, Fields] {
  const layer = typeof given === "string" ? { [given]: {} } : given;
  const entries = Object.entries((layer ?? {}) as object);
  const [name = "", fields] = entries[0] ?? [];
  const known = Object.hasOwn(layerFields, name) ? layerFields[name] : undefined;
  if (entries.length !== 1 || known === undefined)
    throw new TypeError(`a layer is one of ${Object.keys(layerFields).join(", ")}, not '${name}'`);
  if (name === "payload" || name === "truncate") return [name, { bytes: fields as never }];
  const wrong = Object.keys((fields ?? {}) as object).find((field) => !known.includes(field));
  if (wrong !== undefined)
    throw new TypeError(`${name} has no field '${wrong}'; it has ${known.join(", ")}`);
  return [name, (fields ?? {}) as Fields];
}

const builders: Readonly<Record<string, (place: Place) => Uint8Array>> = {
  eth: ({ fields, next }) =>
    join(
      address(fields, "dst", 6, "02:00:00:00:00:02"),
      address(fields, "src", 6, "02:00:00:00:00:01"),
      number(fields, "type", 2, FRAME_TYPES[next ?? ""] ?? LOCAL),
    ),
  vlan: ({ fields, next }) => {
    const tag = value(fields, "id", 12, 0) | (value(fields, "priority", 3, 0) << 13);
    return join(bytes(tag, 2), number(fields, "type", 2, FRAME_TYPES[next ?? ""] ?? LOCAL));
  },
  ipv4: (place) => {
    const { fields, next, rest } = place;
    const [src, dst] = ends(fields, 4);
    const flags =
      (fields.dont_fragment === true ? 0x4000 : 0) | (fields.more === true ? 0x2000 : 0);
    const header = join(
      Uint8Array.of(0x45, value(fields, "tos", 8, 0)),
      number(fields, "length", 2, 20 + rest.length),
      number(fields, "id", 2, 1),
      bytes(flags | value(fields, "offset", 13, 0), 2),
      Uint8Array.of(value(fields, "ttl", 8, 64)),
      number(fields, "protocol", 1, PROTOCOLS[next ?? ""] ?? 255),
      new Uint8Array(2),
      src,
      dst,
    );
    header.set(number(fields, "checksum", 2, checksum(header)), 10);
    return header;
  },
  ipv6: ({ fields, next, rest }) => {
    const [src, dst] = ends(fields, 16);
    const first =
      6 * 2 ** 28 +
      value(fields, "traffic_class", 8, 0) * 2 ** 20 +
      value(fields, "flow_label", 20, 0);
    const protocol = next === "icmp" ? ICMPV6 : (PROTOCOLS[next ?? ""] ?? 59);
    return join(
      bytes(first, 4),
      number(fields, "length", 2, rest.length),
      number(fields, "next_header", 1, protocol),
      Uint8Array.of(value(fields, "hop_limit", 8, 64)),
      src,
      dst,
    );
  },
  tcp: (place) => {
    const { fields } = place;
    const header = join(
      number(fields, "src", 2, 40000),
      number(fields, "dst", 2, 80),
      number(fields, "seq", 4, 0),
      number(fields, "ack", 4, 0),
      Uint8Array.of(5 << 4, tcpFlags(String(fields.flags ?? "S"))),
      number(fields, "window", 2, 65535),
      new Uint8Array(4),
    );
    return summed(header, 16, place, 6);
  },
  udp: (place) => {
    const { fields, rest } = place;
    const header = join(
      number(fields, "src", 2, 40000),
      number(fields, "dst", 2, 53),
      number(fields, "length", 2, 8 + rest.length),
      new Uint8Array(2),
    );
    return summed(header, 6, place, 17);
  },
  icmp: (place) => {
    const { fields, addresses } = place;
    const v6 = addresses?.length === 32;
    const header = join(
      Uint8Array.of(value(fields, "type", 8, v6 ? 128 : 8), value(fields, "code", 8, 0)),
      new Uint8Array(2),
      number(fields, "id", 2, 1),
      number(fields, "seq", 2, 1),
    );
    return summed(header, 2, v6 ? place : { ...place, addresses: undefined }, ICMPV6);
  },
  payload: ({ fields }) => {
    const { bytes: given } = fields as { bytes?: unknown };
    if (given instanceof Uint8Array) return given;
    if (typeof given === "string") return new TextEncoder().encode(given);
    throw new TypeError("payload must be text or bytes");
  },
  truncate: () => {
    throw new TypeError("truncate must be the last part of a packet");
  },
};

const FLAGS = "FSRPAUEC";

function tcpFlags(text: string): number {
  let flags = 0;
  for (const letter of text.toUpperCase()) {
    const bit = FLAGS.indexOf(letter);
    if (bit < 0) throw new RangeError(`tcp.flags has no '${letter}'; the flags are ${FLAGS}`);
    flags |= 1 << bit;
  }
  return flags;
}

function addressesBefore(layers: readonly Layer[], at: number): Uint8Array | undefined {
  for (let i = at - 1; i >= 0; i--) {
    const [name, fields] = layerOf(layers[i]);
    if (name === "ipv4" || name === "ipv6") return join(...ends(fields, name === "ipv4" ? 4 : 16));
  }
  return undefined;
}

function ends(fields: Fields, size: 4 | 16): [Uint8Array, Uint8Array] {
  const [src, dst] = size === 4 ? ["10.0.0.1", "10.0.0.2"] : ["fd00::1", "fd00::2"];
  return [address(fields, "src", size, src), address(fields, "dst", size, dst)];
}

/** Writes the checksum with the pseudo header of the addresses. */
function summed(
  header: Uint8Array,
  at: number,
  { fields, rest, addresses = new Uint8Array() }: Place,
  protocol: number,
): Uint8Array {
  const length = header.length + rest.length;
  const pseudo =
    addresses.length === 0 ? new Uint8Array() : join(bytes(protocol, 2), bytes(length, 4));
  const sum = checksum(join(addresses, pseudo, header, rest));
  header.set(number(fields, "checksum", 2, protocol === 17 && sum === 0 ? 0xffff : sum), at);
  return header;
}

/** The Internet checksum of RFC 1071. */
function checksum(of: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < of.length; i += 2) sum += ((of[i] ?? 0) << 8) | (of[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function value(fields: Fields, name: string, bits: number, otherwise: number): number {
  const given = Number(fields[name] ?? otherwise);
  if (Number.isInteger(given) && given >= 0 && given < 2 ** bits) return given;
  throw new RangeError(`${name}: ${String(fields[name])} does not fit in ${bits} bits`);
}

function number(fields: Fields, name: string, size: number, otherwise: number): Uint8Array {
  return bytes(value(fields, name, 8 * size, otherwise), size);
}

function bytes(of: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(of / 2 ** (8 * (size - 1 - i))));
}

function address(fields: Fields, name: string, size: number, otherwise: string): Uint8Array {
  const text = String(fields[name] ?? otherwise);
  const found = addressBytes(text);
  if (found?.length === size) return found;
  const kind = { 4: "IPv4", 6: "MAC", 16: "IPv6" }[size];
  throw new RangeError(`${name}: '${text}' is not an ${kind} address`);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
