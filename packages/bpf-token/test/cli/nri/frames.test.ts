// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import {
  encodeMessage,
  FrameReader,
  PLUGIN,
  REQUEST,
  RESPONSE,
  RUNTIME,
} from "../../../src/cli/nri/frames.ts";

const message = (connection: number, stream: number, size: number) => ({
  ...{ connection, stream, type: REQUEST },
  payload: Buffer.alloc(size, stream),
});

test("reads messages of both connections, in chunks of any size", () => {
  const sent = [message(PLUGIN, 1, 10_000), message(RUNTIME, 3, 0), message(PLUGIN, 5, 4086)];
  const bytes = Buffer.concat(sent.map(encodeMessage));
  for (const size of [1, 7, 4096, bytes.length]) {
    const reader = new FrameReader();
    const read = [];
    for (let at = 0; at < bytes.length; at += size) {
      read.push(...reader.read(bytes.subarray(at, at + size)));
    }
    expect(read).toEqual(sent);
  }
});

test("sends frames that fit into the buffer of Go's reader", () => {
  const bytes = encodeMessage({ ...message(PLUGIN, 1, 9000), type: RESPONSE });
  const sizes = [];
  for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt32BE(at + 4)) {
    expect(bytes.readUInt32BE(at)).toBe(PLUGIN);
    sizes.push(bytes.readUInt32BE(at + 4));
  }
  expect(sizes).toEqual([4096, 4096, 9010 - 8192]);
});

test("ignores connections that it does not know", () => {
  const bytes = Buffer.concat([message(9, 1, 5), message(PLUGIN, 7, 5)].map(encodeMessage));
  expect([...new FrameReader().read(bytes)]).toEqual([message(PLUGIN, 7, 5)]);
});

test.each([
  ["frame", "0000000101000001", /a frame of 16777217 bytes; the limit is 16777216/],
  [
    "message",
    `000000010000000a${"00400001"}000000010100`,
    /a message of 4194305 bytes; the limit is 4194304/,
  ],
])("a %s that is too long is refused before its bytes arrive", (_name, hex, reason) => {
  expect(() => [...new FrameReader().read(Buffer.from(hex, "hex"))]).toThrow(reason);
});
