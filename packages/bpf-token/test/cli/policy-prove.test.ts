// SPDX-License-Identifier: MIT
// CAP_PERFMON is proven on the kernels of this machine. No test depends on the two seconds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import type { Policy } from "../../src/policy/index.ts";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

const empty = mkdtempSync(join(tmpdir(), "bpf-token-no-modules-"));
afterAll(() => rmSync(empty, { recursive: true }));
const noModules = { BPF_TOKEN_BPF_KERNELS: empty };
const user = {
  ...{ platform: "linux", arch: "x64", release: "6.18.0", uid: 1000, capabilities: 0n },
  firstUserNamespace: true,
};

async function policy(context: TestContext, name: string, ...more: string[]): Promise<Policy> {
  const { code, out, err } = await cli(["policy", compiled(context, name), ...more, "--json"]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Policy;
}
const perfmon = ({ reasons }: Policy) => reasons.find(({ name }) => name === "perfmon")?.basis;

test("--no-prove only computes, and reports that nothing is proven", async (context) => {
  const assumed = await policy(context, "assumed", "--no-prove");
  expect([perfmon(assumed), assumed.capabilities]).toEqual([
    "assumed",
    ["bpf", "net_admin", "perfmon"],
  ]);
  expect(assumed.proof).toEqual([expect.stringContaining("CAP_PERFMON: assumed, not proven")]);
  const count = await policy(context, "count", "--no-prove");
  expect([perfmon(count), count.proof[0]]).toEqual([
    undefined,
    expect.stringContaining("not required by the instructions, not proven"),
  ]);
});

test("without a kernel, --prove has no answer, and nothing is proven without it", async (context) => {
  const object = compiled(context, "assumed");
  const prove = await cli(["policy", object, "--prove"], {}, noModules, user);
  expect([prove.code, prove.out]).toEqual([3, ""]);
  expect(prove.err).toContain(
    "policy: no kernel of this machine proves the policy: build a module",
  );
  const plain = await cli(["policy", object, "--for", "exec"], {}, noModules, user);
  expect([plain.code, plain.out]).toEqual([
    0,
    expect.stringContaining("--caps bpf,net_admin,perfmon "),
  ]);
  expect(plain.err.replaceAll(/\s+(bpf-token: )?/g, " ")).toContain("assumed, not proven");
});

test.each(["--prove", "--no-prove"])("%s needs an object, not a recording", async (option) => {
  const { code, err } = await cli(["policy", "--from", "x.log", option]);
  expect([code, err]).toEqual([
    2,
    expect.stringContaining(`${option} needs an OBJECT, not --from`),
  ]);
});

describe("on the module of Linux 6.12", () => {
  const proven = (context: TestContext, name: string): Promise<Policy> => {
    if (!bpfKernelReleases().includes("6.12"))
      return context.skip("policy: no module of Linux 6.12");
    return policy(context, name, "--prove", "--release", "6.12");
  };

  test("a proof removes what was only assumed", async (context) => {
    const { capabilities, proof } = await proven(context, "assumed");
    expect(capabilities).toEqual(["bpf", "net_admin"]);
    expect(proof).toEqual([
      expect.stringMatching(
        /^Proven on Linux 6\.12\.\d+: .* accepts all programs without CAP_PERFMON\.$/,
      ),
    ]);
  });

  test("a need is proven with the verifier's message", async (context) => {
    const found = await proven(context, "perfmon");
    expect([perfmon(found), found.capabilities.includes("perfmon")]).toEqual(["proven", true]);
    const [because] = found.reasons.find(({ name }) => name === "perfmon")?.because ?? [];
    expect(because).toContain("pointer comparison prohibited");
    expect(found.proof).toEqual([expect.stringContaining("the verifier requires CAP_PERFMON.")]);
  });
});

describeNative("on the running kernel", [], () => {
  const proven = async (context: TestContext, name: string): Promise<Policy> => {
    const words = ["policy", compiled(context, name), "--prove", "--json"];
    return JSON.parse((await cli(words, {}, noModules)).out) as Policy;
  };

  test("proves both what is needed and what is not", async (context) => {
    const assumed = await proven(context, "assumed");
    expect(assumed.capabilities).toEqual(["bpf", "net_admin"]);
    expect(assumed.proof[0]).toMatch(
      /^Proven on Linux \d+\.\d+, the running kernel: .* without CAP_PERFMON\.$/,
    );
    expect(perfmon(await proven(context, "perfmon"))).toBe("proven");
  });

  test("an object with a map too large for a trial gets an answer", async (context) => {
    const { out, err } = await cli(["policy", "--prove", compiled(context, "large")]);
    expect(out + err).not.toContain("    at ");
    expect(err).toMatch(/^bpf-token: policy: /);
  });
});
