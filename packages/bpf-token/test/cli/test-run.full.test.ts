// SPDX-License-Identifier: MIT
// Runs of programs on Linux's own interpreter. `npm run kernel-bpf -- build` builds the modules.
import { readFileSync } from "node:fs";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { openNativeKernel } from "@bpf-token/kernel-native";
import { Collection, type TestInput } from "@bpf-token/loader";
import { BpfError, SafetyError } from "@bpf-token/syscall";
import { describe, expect, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases();
const frame = "01020304050607080900010208004500";
const long = `${frame}${"00".repeat(48)}`;

// Without any module, one release stays and its tests are skipped with the reason.
describe.each(built.length > 0 ? built : ["6.12"])("bpf-token test-run on Linux %s", (release) => {
  async function run(context: TestContext, program: string, ...more: string[]) {
    if (built.length === 0) return context.skip("test-run: no module of Linux was built");
    const object = compiled(context, "runs");
    const words = ["test-run", object, "--release", release, "--program", program, ...more];
    return cli(words, {}, env);
  }

  test("prints what the program returned and the packet after it", async (context) => {
    const { code, out } = await run(context, "swap", "--packet", frame);
    expect(out.split("\n").slice(1)).toEqual([
      "  returned 3 (XDP_TX)",
      "  packet: 16 bytes",
      "    0000  07 08 09 00 01 02 01 02 03 04 05 06 08 00 45 00",
      "  map events (ringbuf): not readable: ENOTSUPP",
      "",
    ]);
    expect(code).toBe(0);
  });

  test("prints the elements of maps and the variables after the run", async (context) => {
    const { code, out } = await run(context, "record", "--packet", frame);
    expect(out.split("\n").slice(1)).toEqual([
      "  returned 2 (XDP_PASS)",
      "  packet: 16 bytes, unchanged",
      "  map sizes (hash): 1 element",
      "    { length: 16 }: { packets: 1, first: 01020304 }",
      "  map slots (array): 1 element",
      "    2: 1152921504606846976",
      "  map events (ringbuf): not readable: ENOTSUPP",
      "  variables .bss: { runs: 1 }",
      "",
    ]);
    expect(code).toBe(0);
    const { out: json } = await run(context, "record", "--packet", frame, "--json");
    expect(JSON.parse(json).maps).toContainEqual({
      ...{ name: "slots", type: "array", code: null },
      elements: [{ key: 2, value: "1152921504606846976" }],
    });
  });

  test("a packet that is too short is refused by the kernel", async (context) => {
    const { code, out } = await run(context, "swap", "--packet", "00");
    expect(out).toContain("refused: bpf(BPF_PROG_TEST_RUN): EINVAL");
    expect(code).toBe(1);
  });

  test("a program that does not end is stopped", async (context) => {
    const { code, out } = await run(context, "never", "--packet", frame, "--limit", "0.5");
    expect(out).toContain("unfinished: the program did not end within 0.5 s");
    expect(code).toBe(3);
  });

  test("an unknown program is a usage error with the names", async (context) => {
    const { code, err } = await run(context, "nothing");
    expect(err).toContain("it has: swap, never, record, measure, filter, add");
    expect(code).toBe(2);
  });
});

/** Input and output as `--json` prints them; a refusal is the name of its errno. */
function onRunningKernel(object: string, program: string, input: Record<string, string>): unknown {
  const kernel = openNativeKernel();
  try {
    const task = kernel.init.fork();
    const programs = ({ name }: { name: string }) => name === program;
    const bytes = readFileSync(object);
    const collection = Collection.load(task, bytes, { token: "never", programs, env: {} });
    const given = Object.entries(input).map(([name, text]) => [name, Buffer.from(text, "hex")]);
    const result = collection.program(program).testRun(Object.fromEntries(given) as TestInput);
    const hex = (part: Uint8Array) => Buffer.from(part).toString("hex");
    return [result.retval, hex(result.data), hex(result.context)];
  } catch (error) {
    if (error instanceof BpfError) return error.code;
    throw error;
  } finally {
    kernel.close();
  }
}

describeNative("test runs on the running kernel and on the modules", [], () => {
  test("a program that makes bpf() calls runs on the modules only", async (context) => {
    const object = compiled(context, "runs");
    const input = { context: "0900000000000000fdffffffffffffff" };
    expect(() => onRunningKernel(object, "add", input)).toThrow(SafetyError);
    for (const release of built) {
      const words = ["--release", release, "--program", "add", "--context", input.context];
      const { out } = await cli(["test-run", object, ...words, "--json"], {}, env);
      expect(JSON.parse(out)).toMatchObject({
        ...{ verdict: "ran", returned: 7, context: "09000000000000000600000000000000" },
      });
    }
  });

  test.for<readonly [string, Record<string, string>]>([
    ["swap", { data: long }],
    ["swap", { data: frame }],
    ["measure", { data: long }],
    ["measure", { data: frame }],
    ["filter", { data: long }],
  ])("%s %j has the same result", async ([program, input], context) => {
    if (built.length === 0) return context.skip("test-run: no module of Linux was built");
    const object = compiled(context, "runs");
    const real = onRunningKernel(object, program, input);
    for (const release of built) {
      const options = Object.entries(input).flatMap(([name, value]) => [
        name === "data" ? "--packet" : "--context",
        value,
      ]);
      const words = ["test-run", object, "--release", release, "--program", program, ...options];
      const { out } = await cli([...words, "--json"], {}, env);
      const { verdict, reason, returned, ...after } = JSON.parse(out);
      const ours =
        verdict === "ran" ? [returned, after.packet, after.context] : reason.split(": ").at(-1);
      expect([release, ours]).toEqual([release, real]);
    }
  });
});
