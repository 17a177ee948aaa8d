// SPDX-License-Identifier: MIT
// Tests that only load a program: what the verifier processed is compared, and nothing runs.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases().at(-1);

describe("a test with only 'program' and 'verified'", () => {
  /** Runs tests of an object of `fixtures`. */
  async function runSteps(context: TestContext, object: string, tests: string) {
    context.skip(built === undefined, "tests with 'verified': no module of Linux was built");
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-verified-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "t.yaml");
    writeFileSync(file, `object: ${compiled(context, object)}\ntests:\n${tests}`);
    const words = ["test", file, "--kernels", `bpf:${built}`, "--coverage", join(folder, "t.lcov")];
    const { code, out } = await cli(words, {}, env);
    return { code, out: out.replaceAll(file, "t.yaml") };
  }

  test("runs no program that needs an input", async (context) => {
    const { code, out } = await runSteps(
      context,
      "runs",
      "  - { name: a, steps: [{ program: record, verified: 1000 }, { expect: { variables: { runs: 0 } } }] }\n" +
        "  - { name: b, program: never, verified: 1000000 }\n" +
        "  - { name: c, maps: { slots: { 0: 1 } }, program: record, verified: 1000 }\n",
    );
    expect([code, out]).toEqual([0, expect.stringContaining("3 passed, 0 failed\n0 of ")]);
  });

  test.for(["returns: 2", "repeat: 2", "expect: { variables: { runs: 0 } }", "time: 1s"])(
    "runs the program if it has '%s' too",
    async (key, context) => {
      const tests = `  - { name: a, program: record, verified: 1000, ${key} }\n`;
      const { code, out } = await runSteps(context, "runs", tests);
      expect(out).toContain("the kernel refused the run: the packet has 0 bytes");
      expect(code).toBe(1);
    },
  );

  test("runs a program that needs no input", async (context) => {
    const tests = "  - { name: a, program: raw, verified: 100 }\n";
    const { code, out } = await runSteps(context, "mixed", tests);
    expect([code, out]).toEqual([0, expect.stringContaining("1 passed, 0 failed\n1 of 1 source")]);
  });

  test("loads programs that the kernel calls itself", async (context) => {
    const tests =
      "  - { name: trace, program: trace, verified: 1000 }\n" +
      "  - { name: device, program: device, verified: 1 }\n" +
      "  - { name: route, program: route, verified: 1000 }\n" +
      "  - { name: unchecked, program: unchecked, verified: 1000 }\n";
    const { code, out } = await runSteps(context, "mixed", tests);
    const lines = out.split("\n").filter((line) => !line.startsWith("      "));
    expect([code, lines.slice(1, 6)]).toEqual([
      1,
      [
        "  passed      trace",
        "  FAILED      device",
        "  passed      route",
        "  FAILED      unchecked",
        "2 passed, 2 failed",
      ],
    ]);
    expect(out).toContain(
      "t.yaml:4:48  the verifier processed 2 instructions of device, at most 1 expected",
    );
  });
});
