// SPDX-License-Identifier: MIT
import type { MapSpec } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { mapCodecs } from "../src/objects/map-codec.ts";

test("a program array without BTF takes numbers and their bytes", () => {
  const spec = { type: MapType.PROG_ARRAY, keySize: 4, valueSize: 4, keyTypeId: 0, valueTypeId: 0 };
  const { key } = mapCodecs(undefined, spec as MapSpec, () => 1);
  const bytes = Uint8Array.of(3, 0, 0, 0);
  expect(key.encode(3)).toEqual(bytes);
  expect(key.encode(bytes)).toEqual(bytes);
  expect(() => key.encode(bytes.subarray(0, 2))).toThrow("the value must be a number");
});
