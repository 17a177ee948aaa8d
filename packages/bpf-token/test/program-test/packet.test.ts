// SPDX-License-Identifier: MIT
import { ProgType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { frameOf } from "../../src/program-test/file/pcap.ts";
import { addressBytes, hexBytes } from "../../src/program-test/packet/addresses.ts";
import type { Layer } from "../../src/program-test/packet/layers.ts";
import { packet } from "../../src/program-test/packet/packet.ts";
import { shortPacketText } from "../../src/program-test/packet/short-packet.ts";
import { hex } from "../../src/program-test/value/show.ts";

/** The sum of 16-bit words that a correct Internet checksum makes 0xffff. RFC 1071. */
function sum(...parts: readonly Uint8Array[]): number {
  const bytes = parts.flatMap((part) => [...part]);
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) + (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
}

test("an IPv4 header has the checksum of a known packet", () => {
  const header = { src: "192.168.0.1", dst: "192.168.0.199", id: 0, dont_fragment: true };
  const bytes = packet([{ ipv4: { ...header, length: 0x73, protocol: 17 } }]);
  expect(hex(bytes)).toBe("450000730000400040 11b861c0a80001c0a800c7".replace(" ", ""));
});

const ethernet: Layer = { eth: { src: "02:00:00:00:00:0a", dst: "ff:ff:ff:ff:ff:ff" } };

test.each<[string, Layer, number]>([
  ["tcp", { tcp: { flags: "SA", seq: 7 } }, 6],
  ["udp", { udp: { dst: 53 } }, 17],
  ["icmp", { icmp: { id: 9 } }, 58],
])("%s has a checksum with the addresses of both IP versions", (_, layer, protocol) => {
  for (const ip of [{ ipv6: {} }, { ipv4: {} }] as const) {
    const bytes = packet([ethernet, ip, layer, { payload: "odd" }]);
    const v6 = "ipv6" in ip;
    const [from, to, start] = v6 ? [22, 54, 54] : [26, 34, 34];
    const body = bytes.slice(start);
    const isOldIcmp = protocol === 58 && !v6;
    const pseudo = isOldIcmp ? [] : [...bytes.slice(from, to), 0, protocol, 0, body.length];
    expect(sum(Uint8Array.from(pseudo), body)).toBe(0xffff);
    expect(bytes[v6 ? 20 : 23]).toBe(isOldIcmp ? 1 : protocol);
    expect(bytes.slice(12, 14)).toEqual(Uint8Array.from(v6 ? [0x86, 0xdd] : [8, 0]));
  }
});

test("a VLAN tag, flags and given fields are written", () => {
  const bytes = packet([
    { eth: {} },
    { vlan: { id: 5, priority: 3 } },
    { ipv4: { more: true, offset: 185, tos: 2, checksum: 0 } },
    { tcp: { flags: "F", checksum: 0xabcd } },
  ]);
  expect(hex(bytes.slice(12, 18))).toBe("810060050800");
  expect(hex(bytes.slice(18, 28))).toBe("45020028000120b94006");
  expect(bytes[38 + 13]).toBe(1);
  expect(hex(bytes.slice(38 + 16, 38 + 18))).toBe("abcd");
});

test("a name is a header, and each header names the one after it", () => {
  expect(packet(["eth", "ipv4", "udp"])).toEqual(packet([{ eth: {} }, { ipv4: {} }, { udp: {} }]));
  const tunnel = packet(["eth", "ipv4", "ipv6", "tcp"]);
  expect([hex(tunnel.slice(12, 14)), tunnel[23], tunnel[40]]).toEqual(["0800", 41, 6]);
  expect(packet(["eth", "ipv4", "ipv4"])[23]).toBe(4);
  expect(hex(packet(["eth", "udp"]).slice(12, 14))).toBe("88b5");
});

test("a packet is cut to its first bytes, and its headers say the whole length", () => {
  const whole = packet(["eth", "ipv4", "udp", { payload: "query" }]);
  const cut = packet(["eth", "ipv4", "udp", { payload: "query" }, { truncate: 20 }]);
  expect(cut).toEqual(whole.slice(0, 20));
  expect(hex(cut.slice(12, 18))).toBe("080045000021");
  expect(packet(["eth", { truncate: 14 }])).toEqual(packet(["eth"]));
});

test.each<[Layer[], string]>([
  [
    ["eth", { truncate: 15 }],
    "truncate: 15 is not a number from 0 to 14, the length of the packet",
  ],
  [["eth", { truncate: 1.5 }], "truncate: 1.5 is not a number from 0 to 14"],
  [["eth", { truncate: "5" as never }], "truncate: 5 is not a number"],
  [[{ truncate: 5 }, "eth"], "truncate must be the last part of a packet"],
])("refuses to cut %j", (layers, message) => {
  expect(() => packet(layers)).toThrow(message);
});

test.each<[unknown, string]>([
  ["sctp", "a layer is one of eth, vlan"],
  [{ ipv4: { src: "10.0.0.256" } }, "src: '10.0.0.256' is not an IPv4 address"],
  [{ ipv4: { scr: "10.0.0.1" } }, "ipv4 has no field 'scr'"],
  [{ ipv6: { dst: "10.0.0.1" } }, "dst: '10.0.0.1' is not an IPv6 address"],
  [{ tcp: { dst: 65536 } }, "dst: 65536 does not fit in 16 bits"],
  [{ tcp: { flags: "X" } }, "tcp.flags has no 'X'"],
  [{ vlan: { id: 4096 } }, "id: 4096 does not fit in 12 bits"],
  [{ sctp: {} }, "a layer is one of eth, vlan"],
  [{ constructor: {} }, "a layer is one of eth, vlan"],
  [{ eth: {}, ipv4: {} }, "a layer is one of eth, vlan"],
  [undefined, "a layer is one of eth, vlan"],
  [{ payload: 5 }, "payload must be text or bytes"],
])("refuses the layer %j", (layer, message) => {
  expect(() => packet([layer as Layer])).toThrow(message);
});

test.each([
  ["10.0.0.1", "0a000001"],
  ["0.0.0.0", "00000000"],
  ["02:00:00:00:00:ff", "0200000000ff"],
  ["::", "00".repeat(16)],
  ["fd00::1", `fd00${"00".repeat(13)}01`],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1::8", `0001${"0000".repeat(6)}0008`],
  ["::ffff:10.0.0.1", `${"00".repeat(10)}ffff0a000001`],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
])("the address %s has the bytes %s", (text, bytes) => {
  expect(hex(addressBytes(text) ?? new Uint8Array())).toBe(bytes);
});

test.each([
  ...["", "10.0.0", "10.0.0.0.1", "10.0.0.-1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::"],
  ...["1:2:3:4:5:6:7:8::", "02:00:00:00:00", "g::", ":1", "12345::", "1".repeat(50)],
])("'%s' is no address", (text) => {
  expect(addressBytes(text)).toBeUndefined();
});

test("hexadecimal digits may have spaces, colons and 0x", () => {
  expect(hexBytes("0x01 02:ff")).toEqual(Uint8Array.of(1, 2, 255));
  for (const text of ["", "1", "0x", "0g", "01 2"]) expect(hexBytes(text)).toBeUndefined();
});

/** A capture file with one packet of three bytes. */
function capture({ magic = 0xa1b2c3d4, little = true, link = 1, size = 3 } = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 + 16 + 3));
  view.setUint32(0, magic, little);
  view.setUint32(20, link, little);
  view.setUint32(24 + 8, size, little);
  const bytes = new Uint8Array(view.buffer);
  bytes.set([7, 8, 9], 40);
  return bytes;
}

test("packets of a capture file are read in both byte orders", () => {
  for (const little of [true, false])
    for (const magic of [0xa1b2c3d4, 0xa1b23c4d])
      expect(frameOf(capture({ little, magic }), 1)).toEqual(Uint8Array.of(7, 8, 9));
});

test.each([
  [new Uint8Array(23), "is too short"],
  [capture({ magic: 0x0a0d0d0a }), "is no capture file in the format of libpcap"],
  [capture({ link: 101 }), "has link type 101"],
  [capture({ size: 4 }), "ends in packet 1"],
  [capture({ size: 0xffffffff }), "ends in packet 1"],
])("a capture file that cannot be read is named %#", (bytes, message) => {
  expect(() => frameOf(bytes, 1)).toThrow(message);
});

test("a packet has at most 256 layers", () => {
  const layers = (count: number) => new Array<Layer>(count).fill({ vlan: { id: 1 } });
  expect(packet(layers(256))).toHaveLength(4 * 256);
  expect(() => packet(layers(257))).toThrow("the packet has 257 layers; 256 are the most");
});

const { XDP, SCHED_CLS, SYSCALL } = ProgType;
const [frame, v6] = [packet([{ eth: {} }, { ipv4: {} }]), packet([{ eth: {} }, { ipv6: {} }])];

test.each<[number, Uint8Array | undefined, string | undefined]>([
  [XDP, undefined, "the packet has 0 bytes, an Ethernet header has 14"],
  [XDP, frame.slice(0, 13), "the packet has 13 bytes, an Ethernet header has 14"],
  [XDP, frame.slice(0, 14), undefined],
  [
    SCHED_CLS,
    frame.slice(0, 33),
    "the packet has 33 bytes, the headers of Ethernet and IPv4 have 34",
  ],
  [SCHED_CLS, frame, undefined],
  [SCHED_CLS, v6.slice(0, 53), "the packet has 53 bytes, the headers of Ethernet and IPv6 have 54"],
  [SCHED_CLS, v6, undefined],
  [SYSCALL, undefined, undefined],
])("a packet that is too short for program type %i is explained %#", (type, bytes, text) => {
  expect(shortPacketText(type, bytes)).toBe(text);
});
