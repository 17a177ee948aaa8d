// SPDX-License-Identifier: MIT
import type { Trace } from "@bpf-token/scenario";
import { expect, test } from "vitest";
import { formatUnexplained } from "../../src/explain/refusal.ts";
import { openKernel } from "../../src/index.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

describeNative("reasons of the running kernel are inferred", [], () => {
  test("demo prints the model's reasons and marks them as inferred", async () => {
    const { code, out } = await cli(["demo", "--backend", "native", "--no-color"]);
    expect(code).toBe(0);
    const model = await cli(["demo", "--no-color"]);
    const reasons = (text: string): readonly string[] =>
      text.match(/(silent|refused) {2}\S+/g) ?? [];
    expect(reasons(out)).toEqual(reasons(model.out));
    const refused = reasons(out).filter((text) => text.startsWith("refused"));
    expect(out.match(/\(inferred on the model\)/g)).toHaveLength(refused.length);
    expect(model.out).not.toContain("inferred");
    expect(out).not.toContain("divergence");
  });

  test("run --json has the reasons in its traces", async () => {
    const story = new URL("../../scenarios/demo.yaml", import.meta.url).pathname;
    const { out } = await cli(["run", "--backend", "native", "--json", story]);
    const { traces } = JSON.parse(out) as { readonly traces: readonly Trace[] };
    const [trace] = traces;
    const refused = trace?.events.filter(({ errno }) => errno !== undefined) ?? [];
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.map(({ refusal }) => refusal?.certainty)).toEqual(refused.map(() => "inferred"));
  });

  test("a kernel opened by name infers reasons", async () => {
    const kernel = await openKernel("native");
    try {
      kernel.init.syscall(3, 99);
      expect(kernel.init.refusal()).toMatchObject({ check: "close.fd", certainty: "inferred" });
    } finally {
      kernel.close();
    }
  });
});

test("a divergence is highlighted, other missing reasons are not", () => {
  const step = { index: 3, call: "fsopen by task 4", real: "EPERM", model: "3" };
  const paint = (role: string, text: string): string => `<${role}>${text}`;
  const divergence = { at: step, first: step };
  expect(formatUnexplained({ reason: "it differs", divergence }, { paint, width: 60 })).toEqual([
    "<bad>not inferred: it differs",
  ]);
  expect(formatUnexplained({ reason: "too long" }, { paint, width: 60 })).toEqual([
    "<quiet>not inferred: too long",
  ]);
  expect(formatUnexplained({ reason: "a b c d" }, { width: 15 })).toEqual([
    "not inferred: a",
    "b c d",
  ]);
});
