// SPDX-License-Identifier: MIT
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

/** Bytes of memory that are in use. */
function memory(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test.each([
  ["empty", 0, 300_000],
  ["one-byte", 1, 300_000],
])("%s frames need no more memory than their bytes", (_name, size, count) => {
  const frame = Buffer.alloc(8 + size);
  frame.writeUInt32BE(PLUGIN, 0);
  frame.writeUInt32BE(size, 4);
  const frames = Buffer.concat(Array.from({ length: count }, () => frame));
  // The one-byte frames are the beginning of a message of 3 MiB.
  const header = Buffer.from("00300000000000010100", "hex");
  for (let i = 0; i < header.length && size > 0; i++) frames[i * 9 + 8] = header[i] ?? 0;
  const reader = new FrameReader();
  const before = memory();
  expect([...reader.read(frames)]).toEqual([]);
  expect(memory() - before).toBeLessThan(5_000_000);
});
