// SPDX-License-Identifier: MIT
import { knownLoaderDifference } from "@bpf-token/scenario/known";
import { expect, test } from "vitest";
import { kindOf, onlyOurs, slice } from "../lib/verdicts.mjs";

const mine = (error: number | undefined) => ({ error, why: "" });

test("equal verdicts are no difference, others have a kind", () => {
  expect([kindOf(mine(0), 0), kindOf(mine(-22), -22)]).toEqual([undefined, undefined]);
  expect(kindOf(mine(0), -22)).toBe("only we load");
  expect(kindOf(mine(-13), 0)).toBe("only libbpf loads");
  expect(kindOf(mine(-13), -22)).toBe("another error");
  expect(kindOf(mine(0), undefined)).toBe(onlyOurs);
  expect(kindOf(mine(-22), undefined)).toBeUndefined();
});

test("a failure before the kernel call equals any error of libbpf", () => {
  expect(kindOf(mine(undefined), -3)).toBeUndefined();
  expect(kindOf(mine(undefined), 0)).toBe("only libbpf loads");
});

test("a slice is spread over all, and has the requested size", () => {
  const all = Array.from({ length: 217 }, (_, i) => i);
  for (const count of [1, 150, 216, 217]) expect(slice(all, count)).toHaveLength(count);
  expect(slice(all, 500)).toEqual(all);
  expect(slice(all, 3)).toEqual([0, 73, 145]);
});

test("the registry describes objects that libbpf does not open, and no other difference", () => {
  const explained = (kind: string) => knownLoaderDifference("verdicts", kind)?.id;
  expect(explained(onlyOurs)).toBe("libbpf.not-opened");
  const others = ["only we load", "only libbpf loads", "another error", "legacy maps"];
  expect(others.filter((kind) => explained(kind) !== undefined)).toEqual([]);
});
