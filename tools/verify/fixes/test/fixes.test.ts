// SPDX-License-Identifier: MIT
import { openNativeKernel, probeNative } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { expect, test } from "vitest";
import { judge, randomCombination, randomFrom, textOf, tryCalls } from "../lib/trial.mjs";

/** Judges a sample of combinations, each in one line if something is wrong. */
function sample(kernel: unknown, release: string, count: number): readonly string[] {
  const random = randomFrom(1);
  return Array.from({ length: count }, () => randomCombination(random)).flatMap((one) => {
    const problem = judge(kernel, one, release) as string;
    return problem === "" ? [] : [`${textOf(one)}: ${problem}`];
  });
}

test("the fixes of doctor make the calls succeed on the model", () => {
  const kernel = createKernel({ release: "6.18" });
  expect(sample(kernel, "6.18", 40)).toEqual([]);
  const random = randomFrom(1);
  const all = Array.from({ length: 40 }, () => tryCalls(kernel, randomCombination(random)));
  // Otherwise the sample proves nothing.
  expect(all.filter((errno) => errno === "EPERM").length).toBeGreaterThan(10);
  expect(all.filter((errno) => errno === "").length).toBeGreaterThan(2);
  kernel.close();
});

test("a diagnosis of other facts is noticed", () => {
  const kernel = createKernel({ release: "6.18" });
  const masks = { cmds: "any", maps: "any", progs: "any", attachs: "any" };
  const one = { ...randomCombination(randomFrom(1)), namespace: "container", masks, held: [] };
  expect(judge(kernel, one, "6.18")).toBe("");
  expect(judge(kernel, one, "6.8")).toContain("do not help after 3 rounds");
  kernel.close();
});

test("the fixes of doctor make the calls succeed on the running kernel", (context) => {
  const support = probeNative();
  if (!support.ok) return context.skip(`native half: ${support.why}`);
  const kernel = openNativeKernel();
  try {
    expect(sample(kernel, kernel.release, 20)).toEqual([]);
  } finally {
    kernel.close();
  }
});
