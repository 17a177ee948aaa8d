// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { openNativeKernel, probeNative } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { expect, test } from "vitest";
import { tryCalls } from "../lib/calls.mjs";
import { judge, randomCombination, randomFrom, textOf } from "../lib/trial.mjs";

/** Judges a sample of combinations, each in one line if something is wrong. */
function sample(
  kernel: unknown,
  release: string,
  count: number,
  options: { seccomp: boolean },
): readonly string[] {
  const random = randomFrom(1);
  return Array.from({ length: count }, () => randomCombination(random, options)).flatMap((one) => {
    const { problem } = judge(kernel, one, release);
    return problem === "" ? [] : [`${textOf(one)}: ${problem}`];
  });
}

/** A container where nothing is missing. */
const complete = {
  ...randomCombination(randomFrom(1), { seccomp: false }),
  namespace: "container",
  masks: { cmds: "any", maps: "any", progs: "any", attachs: "any" },
  held: ["BPF", "NET_ADMIN", "PERFMON"],
};

test("the fixes of doctor make the calls succeed on the model", () => {
  const kernel = createKernel({ release: "6.18" });
  expect(sample(kernel, "6.18", 40, { seccomp: false })).toEqual([]);
  const random = randomFrom(1);
  const all = Array.from({ length: 40 }, () =>
    tryCalls(kernel, randomCombination(random, { seccomp: false })),
  );
  // Otherwise the sample proves nothing.
  expect(all.filter((errno) => errno === "EPERM").length).toBeGreaterThan(10);
  expect(all.filter((errno) => errno === "").length).toBeGreaterThan(2);
  kernel.close();
});

test("a diagnosis of other facts is noticed", () => {
  const kernel = createKernel({ release: "6.18" });
  const one = { ...complete, held: [] };
  expect(judge(kernel, one, "6.18").problem).toBe("");
  expect(judge(kernel, one, "6.8").problem).toContain("do not help after 3 rounds");
  kernel.close();
});

test("the fixes of doctor make the calls succeed on the running kernel", (context) => {
  const support = probeNative();
  if (!support.ok) return context.skip(`native half: ${support.why}`);
  const kernel = openNativeKernel();
  try {
    const hasSetpriv = /--seccomp-filter/.test(spawnSync("setpriv", ["--help"]).stdout?.toString());
    if (!hasSetpriv) console.warn("no combination with a filter: setpriv has no --seccomp-filter");
    expect(sample(kernel, kernel.release, 20, { seccomp: hasSetpriv })).toEqual([]);
    if (!hasSetpriv) return;
    for (const [commands, causes] of [
      [["PROG_LOAD"], ["doctor.seccomp"]],
      [["TOKEN_CREATE"], ["doctor.seccomp"]],
      [["OBJ_PIN"], []],
    ]) {
      const filter = { errno: "EPERM", commands };
      const judged = judge(kernel, { ...complete, filter }, kernel.release);
      expect([commands, judged]).toEqual([commands, { problem: "", causes }]);
    }
  } finally {
    kernel.close();
  }
});
