// SPDX-License-Identifier: MIT
import { createKernel, type WasmKernel } from "@bpf-token/kernel-wasm";
import { describe, expect, test } from "vitest";
import { type ModelKernel, type OpenModel, proofs } from "../src/index.ts";

describe("proofs", () => {
  test.each(proofs.map((proof) => [proof.name, proof] as const))("%s", (_, proof) => {
    const opened: WasmKernel[] = [];
    const open: OpenModel = (options) => {
      const kernel = createKernel(options);
      opened.push(kernel);
      return kernel as unknown as ModelKernel;
    };
    try {
      expect(() => proof.run(open)).not.toThrow();
    } finally {
      for (const kernel of opened) kernel.close();
    }
  });

  test("name rules", () => {
    expect(proofs.filter((proof) => proof.rules.length === 0)).toEqual([]);
  });
});
