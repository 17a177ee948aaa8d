// SPDX-License-Identifier: MIT
// The clock of `bpf-token test`, and events that a test cannot read.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases().at(-1);

describe("tests of a program that reads the clock", () => {
  async function run(context: TestContext, tests: string) {
    context.skip(built === undefined, "tests with 'time': no module of Linux was built");
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-clock-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "t.yaml");
    writeFileSync(file, `object: ${compiled(context, "perf-events")}\ntests:\n${tests}`);
    const { code, out } = await cli(["test", file, "--kernels", `bpf:${built}`], {}, env);
    return { code, out: out.replaceAll(file, "t.yaml") };
  }

  const step = "program: stamp, packet: [eth, ipv4]";
  const shows = (time: string) => `expect: { variables: { last: ${time} } }`;

  test("the time before the steps holds until a step sets another, and for one test", async (context) => {
    const { code, out } = await run(
      context,
      `
  - name: one
    time: 5s
    steps:
      - { ${step}, ${shows("5000000000")} }
      - { variables: { last: 0 } }
      - { ${step}, ${shows("5000000000")} }
      - { ${step}, time: 7, ${shows("7")} }
      - { ${step}, ${shows("7")} }
  - { name: two, ${step}, ${shows("7")} }
`,
    );
    expect(out).toMatch(/passed {6}one\n/);
    expect(out).toMatch(/FAILED {6}two\n.*last is \d{5,}, expected 7\n/);
    expect(code).toBe(1);
  });

  test("events of a perf event array cannot be read", async (context) => {
    const events = "expect: { events: { samples: [] } }";
    const { code, out } = await run(context, `  - { name: sends, ${step}, ${events} }\n`);
    expect(out).toContain("map samples is a perf event array; a test reads ring buffers only");
    expect(out).toContain("cannot run  sends");
    expect(code).toBe(3);
  });
});
