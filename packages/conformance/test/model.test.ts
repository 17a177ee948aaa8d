// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { defaultRelease, isKernelRelease, kernelReleases } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { leavesInode } from "../src/faults.ts";
import { describeKernel, type ModelKernel, unmet } from "../src/index.ts";
import { files } from "./files.ts";
import { sample } from "./sample.ts";

/** Every seventh scenario, and those about the creation of tokens. */
const some = () => sample(Object.entries(files), 7, ([, text]) => /^rules:.*\bTC-/m.test(text));

describeKernel("model", () => createKernel(), files);

describe("the suite", () => {
  test("has scenarios", () => {
    expect(Object.keys(files).length).toBeGreaterThan(20);
  });

  describe.each(kernelReleases.filter((release) => release !== defaultRelease))(
    "as %s",
    (release) => {
      test.each(some())("%s", (file, text) => {
        using kernel = createKernel({ release });
        const trace = run(kernel, parseScenario(text, { file }));
        expect(unmet(trace)).toEqual([]);
        expect(trace.outcome).not.toBe("failed");
      });
    },
  );

  test.each(Object.entries(files))("%s leaks no object in the kernel", (file, text) => {
    const scenario = parseScenario(text, { file });
    const { until } = scenario.needs ?? {};
    const release = isKernelRelease(until) ? until : defaultRelease;
    using kernel = createKernel({ release });
    const before = kernel.live();
    const trace = run(kernel, scenario);
    kernel.settle();
    expect(trace.events.length).toBeGreaterThan(0);
    // With the inode, the end of its filesystem is outside the model.
    if (leavesInode(kernel as unknown as ModelKernel, trace))
      expect(Number(kernel.live().inodes)).toBeGreaterThan(Number(before.inodes));
    else expect(kernel.live()).toEqual(before);
  });

  test.each(some())("%s runs on at least one of these kernels", (file, text) => {
    const scenario = parseScenario(text, { file });
    const outcomes = kernelReleases.map((release) => {
      using kernel = createKernel({ release });
      return run(kernel, scenario).outcome;
    });
    // A scenario for the running kernel only is tested by the suite on that kernel.
    if (scenario.backends?.includes("model") ?? true) expect(outcomes).toContain("passed");
    else expect(new Set(outcomes)).toEqual(new Set(["skipped"]));
  });

  test.each(some())("%s gives the same trace twice", (file, text) => {
    const runOnce = (): unknown => {
      using kernel = createKernel({ seed: 7 });
      return run(kernel, parseScenario(text, { file }));
    };
    expect(runOnce()).toEqual(runOnce());
  });
});
