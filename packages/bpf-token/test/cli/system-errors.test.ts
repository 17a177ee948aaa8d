// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const noTokens = path("../../../upstream/test/no-tokens.c");
const scenario = path("../../scenarios/demo.yaml");
/** mkdir(2) answers ENOENT there, although the parent exists, even to root. */
const never = "/proc/never/folder";

/** A finding or a reason in one line, without a stack. */
function expectReason(err: string, reason: RegExp | string): void {
  expect(err).toMatch(reason);
  expect(err).not.toMatch(/^ {4}at /m);
  expect(err.trimEnd().split("\n")).toHaveLength(1);
}

describe("a folder that cannot be written", { timeout: 120_000 }, () => {
  test("upstream build names it and the variable", async () => {
    const env = { BPF_TOKEN_UPSTREAM: never };
    const { code, err } = await cli(["upstream", "build", noTokens, "--as", "6.12"], {}, env);
    expect(code).toBe(3);
    const how = "Fix: set BPF_TOKEN_UPSTREAM to a folder that you can write";
    expectReason(err, `bpf-token: ${never} cannot be written: ENOENT. ${how}\n`);
  });

  test("upstream list, if it is a file", async () => {
    const env = { BPF_TOKEN_UPSTREAM: scenario };
    const { code, err } = await cli(["upstream", "list"], {}, env);
    expect(code).toBe(3);
    expectReason(err, /demo\.yaml cannot be read: ENOTDIR\. Fix: set BPF_TOKEN_UPSTREAM/);
  });

  test("fuzz works without its cache, and names its corpus", async () => {
    const subjects = ["--subjects", "model@6.12,model@7.3", "--sequences", "5"];
    const fine = await cli(["fuzz", ...subjects], {}, { BPF_TOKEN_UPSTREAM: never });
    expect(fine).toMatchObject({ code: 0 });
    const { code, err } = await cli(["fuzz", ...subjects, "--corpus", never]);
    expect(code).toBe(3);
    expectReason(err, `cannot create '${never}': ENOENT`);
  });
});

describe("a full disk", () => {
  const full = /cannot write '\/dev\/full': no space left on device \(ENOSPC\)\. Fix: free /;

  test.each([
    [["diff", scenario, "--subjects", "model@6.12,model@7.3", "--html", "/dev/full"]],
    [["diff", scenario, "--subjects", "model@6.12,model@7.3", "--junit", "/dev/full"]],
    [["doctor", "--bundle", "/dev/full"]],
  ])("%j", async (words) => {
    const { code, err } = await cli(words);
    expect(code).toBe(3);
    expectReason(err, full);
  });

  test("gen", async (context) => {
    const { code, err } = await cli(["gen", compiled(context, "count"), "-o", "/dev/full"]);
    expect(code).toBe(3);
    expectReason(err, full);
  });
});
