// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { parseTokenMasks } from "../src/delegation/token-masks.ts";

test("names the bits of the four masks; of two names, the first", () => {
  const text =
    "pos:\t0\nallowed_cmds:\t0x401\nallowed_maps:\tany\nallowed_progs:\t0x0\nallowed_attachs:\t0x8000000000000001\n";
  expect(parseTokenMasks(text)).toEqual([
    { key: "allowed_cmds", value: "0x401", names: "map_create, prog_test_run" },
    { key: "allowed_maps", value: "any", names: "" },
    { key: "allowed_progs", value: "0x0", names: "" },
    { key: "allowed_attachs", value: "0x8000000000000001", names: "cgroup_inet_ingress, bit 63" },
  ]);
});

test("counts the bits of a large mask, and ignores other text", () => {
  expect(parseTokenMasks("allowed_cmds:\t0x1ff")[0]?.names).toBe("9 bits");
  expect(parseTokenMasks("allowed_everything:\t0x1\nflags:\t02\n")).toEqual([]);
});
