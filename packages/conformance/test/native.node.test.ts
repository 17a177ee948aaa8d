// SPDX-License-Identifier: MIT
import { openNativeKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { compare, parseScenario, run } from "@bpf-token/scenario";
import { releaseOf } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { describeKernel } from "../src/index.ts";
import { files } from "./files.ts";
import { certainties, reasons } from "./reasons.ts";
import { whyNotNative } from "./require-native.ts";

const why = whyNotNative();

if (why !== undefined) {
  test("the running kernel", (context) => context.skip(why));
} else {
  describeKernel("native", () => openNativeKernel(), files);

  describe("model and running kernel give the same answers, for the same inferred reasons", () => {
    test.each(Object.entries(files))("%s", (file, text) => {
      const scenario = parseScenario(text, { file });
      using native = openNativeKernel({ model: createKernel });
      using model = createKernel({ release: releaseOf(native) });
      const [real, modelled] = [run(native, scenario), run(model, scenario)];
      if (real.outcome === "skipped") return;
      expect(real.events.length).toBe(modelled.events.length);
      expect(compare(modelled, real).map((divergence) => divergence.message)).toEqual([]);
      expect(reasons(real)).toEqual(reasons(modelled, real));
      expect(certainties(real)).not.toContain("observed");
    });
  });
}
