// SPDX-License-Identifier: MIT
import { packet } from "bpf-token/test";
import { describe, expect, test } from "vitest";
import { lookupContext } from "../src/verify/lookup-context.ts";
import { PacketTextError, readPacketText } from "../src/verify/packet-text.ts";
import { packetView } from "../src/verify/run.ts";

describe("the packet", () => {
  const udp = packet(["eth", "ipv4", { udp: { dst: 99 } }]);

  test.each([
    "eth, ipv4, { udp: { dst: 99 } }",
    "[eth, ipv4, { udp: { dst: 99 } }]",
    "- eth\n- ipv4\n- udp:\n    dst: 99",
    "eth,\r\n\tipv4, # a comment\r\n{ udp: { dst: 99 } }",
    Buffer.from(udp).toString("hex"),
    `0x${Buffer.from(udp).toString("hex").toUpperCase()}`,
  ])("is read from %j", (text) => {
    expect(readPacketText(text)).toEqual(udp);
  });

  test.each([
    ["", "the packet is empty. Write hexadecimal digits"],
    [" \n", "the packet is empty"],
    ["fff", "has 3 hexadecimal digits, which is an odd number"],
    ["0xzz", "neither hexadecimal digits nor a list of headers"],
    ["eth, ip", "a layer is one of eth, vlan, ipv4"],
    ["eth, { ipv4: { tll: 1 } }", "ipv4 has no field 'tll'"],
    ["eth, { ipv4: { ttl: 256 } }", "ttl: 256 does not fit in 8 bits"],
    ["eth, { ipv4: { src: 10.0.0 } }", "'10.0.0' is not an IPv4 address"],
    ["eth, { payload: { file: /etc/passwd } }", "a page reads no files"],
    ["eth]\n- name: other", "neither hexadecimal digits nor a list of headers"],
    ["&a [*a, *a]", "neither hexadecimal digits nor a list of headers"],
  ])("is refused with its cause: %j", (text, cause) => {
    expect(() => readPacketText(text)).toThrow(PacketTextError);
    expect(() => readPacketText(text)).toThrow(cause);
  });

  test.each([
    ["nested lists", "[".repeat(5000), "neither hexadecimal digits nor a list of headers"],
    ["many headers", "eth, ".repeat(300), "the packet has 300 layers; 256 are the most"],
    ["many characters", "f".repeat(400_001), "400001 characters. Write at most 400000"],
  ])("is refused with its cause: %s", (_, text, cause) => {
    expect(() => readPacketText(text)).toThrow(cause);
  });

  test("is compared with what it was", () => {
    const view = (after: Uint8Array) => packetView(Uint8Array.of(1, 2, 3), after);
    expect(view(Uint8Array.of(1, 2, 3))).toMatchObject({ changed: undefined, rows: [], more: 0 });
    expect(view(Uint8Array.of(1, 7, 3))).toMatchObject({ changed: [1, 1], rows: ["01 07 03"] });
    expect(view(Uint8Array.of(1))).toMatchObject({ changed: undefined, rows: ["01"] });
    expect(view(Uint8Array.of(1, 2, 3, 4))).toMatchObject({ changed: [3, 3], sizeBefore: 3 });
    const long = view(new Uint8Array(16 * 101));
    expect([long.rows.length, long.more]).toEqual([100, 1]);
  });

  test("has the addresses of a socket lookup", () => {
    const v4 = new DataView(lookupContext(udp).buffer);
    expect([v4.getUint32(8, true), v4.getUint32(12, true)]).toEqual([2, 17]);
    expect([v4.getUint32(16), v4.getUint16(36)]).toEqual([0x0a000001, 40000]);
    expect([v4.getUint32(40), v4.getUint32(60, true)]).toEqual([0x0a000002, 99]);
    const v6 = new DataView(lookupContext(packet(["eth", "ipv6", "tcp"])).buffer);
    expect([v6.getUint32(8, true), v6.getUint32(12, true)]).toEqual([10, 6]);
    expect([v6.getUint16(20), v6.getUint8(35)]).toEqual([0xfd00, 1]);
    expect([v6.getUint8(59), v6.getUint32(60, true)]).toEqual([2, 80]);
    for (const other of [[], ["eth"], ["eth", "ipv4", "icmp"], ["eth", "ipv4"]] as const)
      expect(() => lookupContext(packet(other))).toThrow("is not TCP or UDP");
  });
});
