// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import {
  bytesOf,
  fields,
  numberOf,
  putBytes,
  putNumber,
  textOf,
  WireError,
} from "../../../src/cli/nri/wire.ts";

test("encodes as protobuf does", () => {
  // The examples of protobuf's page about its encoding.
  expect(putNumber(1, 150).toString("hex")).toBe("089601");
  expect(putBytes(2, "testing").toString("hex")).toBe("120774657374696e67");
});

test("reads what it writes, and the last of several fields", () => {
  const message = Buffer.concat([putBytes(1, "a"), putNumber(2, 300), putBytes(1, "b")]);
  expect(textOf(message, 1)).toBe("b");
  expect(numberOf(message, 2)).toBe(300);
  expect(bytesOf(message, 3)).toHaveLength(0);
});

test("skips fields of a fixed size", () => {
  const fixed = Buffer.from("0900000000000000001500000000", "hex");
  expect(textOf(Buffer.concat([fixed, putBytes(3, "x")]), 3)).toBe("x");
});

test.each([
  ["a number without an end", "08ff", /ends too early/],
  ["a number of eleven bytes", `08${"ff".repeat(10)}01`, /more than 10 bytes/],
  ["a text beyond the message", "0a0541", /a field of 5 bytes has 1/],
  ["a length of 2^63", "0affffffffffffffff7f41", /a field of 9223372036854775807 bytes has 1/],
  ["a fixed number beyond the message", "0900", /a field of 8 bytes has 1/],
  ["a group", "0b0c", /unknown wire type 3/],
])("%s is refused", (_name, hex, reason) => {
  const read = (): unknown => [...fields(Buffer.from(hex, "hex"))];
  expect(read).toThrow(WireError);
  expect(read).toThrow(reason);
});
