// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { reasonOf, unexplained } from "../lib/known.mjs";

const removed = "different verdict: a.o p: module accepted, guest refused (x: ENOENT)";

test("only differences without a known reason fail a comparison", () => {
  const others = [
    "different verdict: a.o p: module refused (x: ENOENT), guest accepted",
    "different errno: a.o p: -13, -22",
    "different log: a.o p",
    "different run: a.o p: expected 1, module unreachable, guest 1",
  ];
  const named = [
    removed,
    "not modelled: a.o q: bpf_iter_tcp",
    "does not run: a.o t: ip6_null_entry",
    "not compared: a.o r: too large",
    "unexpected value on both: a.o s: expected 1, module 2, guest 2",
  ];
  expect(unexplained([...named, ...others])).toEqual(others);
});

test("a known difference has its reason", () => {
  expect(reasonOf(removed)).toContain("the compiler removed");
  expect(reasonOf("different log: a.o p")).toBeUndefined();
});
