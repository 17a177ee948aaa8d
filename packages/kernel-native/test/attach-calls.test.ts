// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { programIn } from "../src/program/attach-calls.ts";

const [RTM_NEWLINK, RTM_GETLINK, RTM_SETLINK, RTM_NEWTFILTER] = [16, 18, 19, 44] as const;
const [IFLA_IFNAME, IFLA_XDP, IFLA_XDP_FD, IFLA_XDP_FLAGS] = [3, 43, 1, 3] as const;
const [TCA_KIND, TCA_OPTIONS, TCA_BPF_FD] = [1, 2, 6] as const;
const NESTED = 0x8000;

/** An attribute, padded to a multiple of four bytes. */
function attribute(type: number, contents: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((4 + contents.length) / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + contents.length, true);
  view.setUint16(2, type, true);
  bytes.set(contents, 4);
  return bytes;
}

const number = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** A message of rtnetlink. */
function message(type: number, own: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  const bytes = join(new Uint8Array(16 + own), ...attributes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  return bytes;
}

const name = attribute(IFLA_IFNAME, new TextEncoder().encode("lo\0"));
const xdp = (fd: number): Uint8Array =>
  attribute(
    IFLA_XDP | NESTED,
    join(attribute(IFLA_XDP_FLAGS, number(2)), attribute(IFLA_XDP_FD, number(fd))),
  );
const filter = join(
  attribute(TCA_KIND, new TextEncoder().encode("bpf\0")),
  attribute(TCA_OPTIONS, attribute(TCA_BPF_FD, number(9))),
);

test("the program of a message for a network device is found", () => {
  expect(programIn(message(RTM_SETLINK, 16, name, xdp(7)))).toBe(7);
  expect(programIn(message(RTM_NEWLINK, 16, xdp(8), name))).toBe(8);
  expect(programIn(message(RTM_NEWTFILTER, 20, filter))).toBe(9);
  expect(programIn(message(RTM_SETLINK, 16, xdp(-1)))).toBe(-1);
});

test("other messages have no program", () => {
  expect(programIn(message(RTM_GETLINK, 16, xdp(7)))).toBeUndefined();
  expect(programIn(message(RTM_SETLINK, 16, name))).toBeUndefined();
  expect(programIn(message(RTM_NEWTFILTER, 20, xdp(7)))).toBeUndefined();
  expect(programIn(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"))).toBeUndefined();
});

test("damaged messages have no program, and end the search", () => {
  const whole = message(RTM_SETLINK, 16, name, xdp(7));
  for (let length = 0; length < whole.length; length++) {
    expect(programIn(whole.subarray(0, length))).toBeUndefined();
  }
  expect(programIn(message(RTM_SETLINK, 16, new Uint8Array(64)))).toBeUndefined();
  expect(programIn(message(RTM_SETLINK, 16, Uint8Array.of(1, 0, 43, 0)))).toBeUndefined();
});
