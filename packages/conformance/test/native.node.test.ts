// SPDX-License-Identifier: MIT
import { openNativeKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { compare, parseScenario, run } from "@bpf-token/scenario";
import { configurationOf, KnownDifferences, knownDifferences } from "@bpf-token/scenario/known";
import { releaseOf } from "@bpf-token/syscall";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeKernel, outcomeOf } from "../src/index.ts";
import { files } from "./files.ts";
import { Outcomes } from "./outcomes.ts";
import { certainties, reasons } from "./reasons.ts";
import { whyNotNative } from "./require-native.ts";

const why = whyNotNative();

if (why !== undefined) {
  test("the running kernel", (context) => context.skip(why));
} else {
  describeKernel("native", () => openNativeKernel(), files);

  describe("model and running kernel give the same answers, for the same inferred reasons", () => {
    let known: KnownDifferences;
    let outcomes: Outcomes;
    beforeAll(() => {
      using native = openNativeKernel();
      // A scenario that needs an option declares it and is skipped, so no option excuses a difference.
      const configuration = { ...configurationOf(native), without: [] };
      known = new KnownDifferences(knownDifferences, "suite", configuration);
      outcomes = new Outcomes(releaseOf(native));
    });
    afterAll(() => outcomes.write("native"));

    test.each(Object.entries(files))("%s", (file, text) => {
      const scenario = parseScenario(text, { file });
      using native = openNativeKernel({ model: createKernel });
      using model = createKernel({ release: releaseOf(native) });
      const [real, modelled] = [run(native, scenario), run(model, scenario)];
      outcomes.note(file, outcomeOf(modelled, real, known));
      if (real.outcome === "skipped") return;
      expect(real.events.length).toBe(modelled.events.length);
      expect(compare(modelled, real).map((divergence) => divergence.message)).toEqual([]);
      expect(reasons(real)).toEqual(reasons(modelled, real));
      expect(certainties(real)).not.toContain("observed");
    });
  });
}
