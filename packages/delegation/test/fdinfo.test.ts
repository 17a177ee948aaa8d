// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { describeTokenMasks, parseTokenMasks } from "../src/index.ts";

test("names the bits of the four masks; of two names, the first", () => {
  const text =
    "pos:\t0\nallowed_cmds:\t0x401\nallowed_maps:\tany\nallowed_progs:\t0x0\nallowed_attachs:\t0x8000000000000001\n";
  expect(describeTokenMasks(text)).toEqual([
    { key: "allowed_cmds", value: "0x401", names: "map_create, prog_test_run" },
    { key: "allowed_maps", value: "any", names: "" },
    { key: "allowed_progs", value: "0x0", names: "" },
    { key: "allowed_attachs", value: "0x8000000000000001", names: "cgroup_inet_ingress, bit 63" },
  ]);
});

test("counts the bits of a large mask, and ignores other text", () => {
  expect(describeTokenMasks("allowed_cmds:\t0x1ff")[0]?.names).toBe("9 bits");
  expect(describeTokenMasks("allowed_cmds:\t0xff")[0]?.names.split(", ")).toHaveLength(8);
  expect(describeTokenMasks("allowed_everything:\t0x1\nflags:\t02\n")).toEqual([]);
});

test("parses the four masks, and returns undefined for another file", () => {
  const text =
    "allowed_cmds:\tany\nallowed_maps:\t0x6\nallowed_progs:\t0x0\nallowed_attachs:\t0x1\n";
  expect(parseTokenMasks(text)).toEqual({
    cmds: (1n << 64n) - 1n,
    maps: 6n,
    progs: 0n,
    attachs: 1n,
  });
  expect(parseTokenMasks(text.replace("0x6", "0x6g"))).toBeUndefined();
  for (const other of ["0x", "6", "0x00000000000000006", "0x6 ", "anyone", "xany"])
    expect(parseTokenMasks(text.replace("0x6", other)), other).toBeUndefined();
  for (const key of ["allowed_map", "xallowed_maps", "allowed_maps_"])
    expect(parseTokenMasks(text.replace("allowed_maps", key)), key).toBeUndefined();
  expect(parseTokenMasks(text.replace("\t0x6", "0x0123456789abcdef"))?.maps).toBe(
    0x0123456789abcdefn,
  );
  expect(parseTokenMasks("pos:\t0\nflags:\t02\n")).toBeUndefined();
});
