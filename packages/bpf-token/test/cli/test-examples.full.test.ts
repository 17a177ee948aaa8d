// SPDX-License-Identifier: MIT
// The examples that docs/testing-programs.md names: they pass, and fail for a wrong program.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { findClang } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases();
const xdpTools = "/usr/lib/x86_64-linux-gnu/bpf";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-examples-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Compiles an example in a new folder, which it returns. */
function compileExample(context: TestContext, name: string, ...flags: string[]): string {
  const clang = findClang();
  if (clang === undefined) return context.skip("the examples: clang is not installed");
  const headers = existsSync("/usr/include/bpf/bpf_helpers.h");
  if (!headers) return context.skip("the examples: libbpf-dev is not installed");
  const folder = newFolder();
  const machine = spawnSync("uname", ["-m"], { encoding: "utf8" }).stdout.trim();
  const all = ["-target", "bpf", "-O2", "-g", "-Wall", "-Werror", ...flags];
  const files = ["-c", join(examples, `${name}.bpf.c`), "-o", join(folder, `${name}.bpf.o`)];
  const include = `-I/usr/include/${machine}-linux-gnu`;
  const { status, stderr } = spawnSync(clang, [...all, include, ...files], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return folder;
}

/** Runs the tests of an example, after a change of their text. */
async function runExample(
  folder: string,
  name: string,
  words: readonly string[],
  change = (text: string) => text,
) {
  const file = join(folder, `${name}.test.yaml`);
  writeFileSync(file, change(readFileSync(join(examples, `${name}.test.yaml`), "utf8")));
  const { code, out, err } = await cli(["test", file, ...words], {}, env);
  return { code, err, lines: out.replaceAll(`${folder}/`, "").trimEnd().split("\n") };
}

function needModule(context: TestContext): void {
  context.skip(built.length === 0, "the examples: no module of Linux was built");
}

/** The objects of xdp-tools in a new folder. */
function xdpFilter(context: TestContext, other = "xdpfilt_alw_all.o"): string {
  if (!existsSync(join(xdpTools, other)))
    return context.skip("the example of xdp-filter: xdp-tools is not installed");
  const folder = newFolder();
  copyFileSync(join(xdpTools, other), join(folder, "xdpfilt_alw_all.o"));
  return folder;
}

const kernels = built.map((release) => `bpf:${release}`);
const onAll = ["--kernels", kernels.join()];
const onOne = ["--kernels", `bpf:${built[0]}`];

test("the page and the README name each example", () => {
  const names = readdirSync(examples).filter((name) => name.endsWith(".test.yaml"));
  expect(names.length).toBeGreaterThan(3);
  for (const page of ["README.md", "../../../docs/testing-programs.md"]) {
    const text = readFileSync(join(examples, page), "utf8");
    for (const name of names) expect(text).toContain(`\`${name}\``);
  }
});

describe("the tc classifier", () => {
  test("passes", async (context) => {
    needModule(context);
    const { code, err, lines } = await runExample(compileExample(context, "ports"), "ports", onAll);
    expect([code, err, lines.at(-1)]).toEqual([0, "", `${3 * built.length} passed, 0 failed`]);
    const headings = lines.filter((line) => line.includes(" on "));
    expect(headings).toEqual(kernels.map((kernel) => `ports.test.yaml on ${kernel}`));
  });

  test("fails if it compares the source port", async (context) => {
    needModule(context);
    const folder = compileExample(context, "ports", "-DPORT=source");
    const { code, lines } = await runExample(folder, "ports", onOne);
    expect(code).toBe(1);
    expect(lines.slice(1)).toEqual([
      "  FAILED      a blocked port is dropped and counted",
      "      ports.test.yaml:11:14  ports returned 0 (TC_ACT_OK), expected TC_ACT_SHOT",
      "      ports.test.yaml:14:16  the context.mark is 7, expected 0",
      "      ports.test.yaml:15:37  blocked[htons(53)] is 0, expected 1",
      "      ports.test.yaml:16:20  last_port is htons(4000), expected htons(53)",
      "  FAILED      another port is marked",
      "      ports.test.yaml:22:14  ports returned 2 (TC_ACT_SHOT), expected TC_ACT_OK",
      "      ports.test.yaml:24:16  the context.mark is 3, expected 7",
      "      ports.test.yaml:25:37  blocked[htons(53)] is 1, expected 0",
      "  passed      TCP keeps its mark",
      "1 passed, 2 failed",
    ]);
  });

  test("needs a port that fits", async (context) => {
    needModule(context);
    const folder = compileExample(context, "ports");
    const { code, lines } = await runExample(folder, "ports", onOne, (text) =>
      text.replaceAll("htons(53)", "htons(65536)"),
    );
    expect([code, lines.at(-1)]).toEqual([1, "0 passed, 3 failed"]);
    expect(lines[2]).toBe(
      "      ports.test.yaml:8:24  blocked: the key: htons takes 0 to 65535, not 65536",
    );
  });
});

describe("the LSM policy", () => {
  test("is accepted, and not run", async (context) => {
    needModule(context);
    const folder = compileExample(context, "commands");
    const { code, err, lines } = await runExample(folder, "commands", onAll);
    expect([code, err, lines.at(-1)]).toEqual([0, "", `${built.length} passed, 0 failed`]);
  });

  test("fails if the verifier refuses its return value", async (context) => {
    needModule(context);
    const folder = compileExample(context, "commands", "-DRESULT=EPERM");
    const { code, lines } = await runExample(folder, "commands", onOne);
    expect([code, lines.at(-1)]).toEqual([1, "0 passed, 1 failed"]);
    expect(lines[2]).toMatch(/yaml:7:14 {2}the kernel refused commands: .*EINVAL: .*\[-4095, 0\]/);
  });

  test("fails if the verifier processes more instructions", async (context) => {
    needModule(context);
    const folder = compileExample(context, "commands");
    const fewer = (text: string): string => text.replace("verified: 100", "verified: 3");
    const { code, lines } = await runExample(folder, "commands", onOne, fewer);
    expect(code).toBe(1);
    expect(lines[2]).toMatch(
      /yaml:8:15 {2}the verifier processed \d+ instructions of commands, at most 3 expected$/,
    );
  });

  test.for(["returns: 0", "repeat: 1", "instructions: 9", "expect: { elements: { denied: 0 } }"])(
    "cannot run for '%s', which names its hook",
    async (key, context) => {
      needModule(context);
      const folder = compileExample(context, "commands");
      const more = (text: string): string => `${text}    ${key}\n`;
      const { code, lines } = await runExample(folder, "commands", onOne, more);
      expect([code, lines.at(-1)]).toEqual([3, "0 passed, 0 failed, 1 cannot run"]);
      expect(lines[2]).toContain("cannot run commands, which attaches to bpf_lsm_bpf; ");
    },
  );
});

describe("xdp-filter of Debian", () => {
  test("passes", async (context) => {
    needModule(context);
    const { code, err, lines } = await runExample(xdpFilter(context), "xdp-filter", onAll);
    expect([code, err, lines.at(-1)]).toEqual([0, "", `${3 * built.length} passed, 0 failed`]);
  });

  test("fails if the rules allow instead of deny", async (context) => {
    needModule(context);
    const folder = xdpFilter(context, "xdpfilt_dny_all.o");
    const { code, lines } = await runExample(folder, "xdp-filter", onOne, (text) =>
      text.replaceAll("program: xdpfilt_alw_all", "program: xdpfilt_dny_all"),
    );
    expect([code, lines.at(-1)]).toEqual([1, "0 passed, 3 failed"]);
    expect(lines[2]).toMatch(/ {2}xdpfilt_dny_all returned 2 \(XDP_PASS\), expected XDP_DROP$/);
  });
});

describeNative("the examples on the running kernel", [], () => {
  const native = ["--kernels", "native"];

  test("the tc classifier passes, and fails if it compares the source port", async (context) => {
    const right = await runExample(compileExample(context, "ports"), "ports", native);
    expect([right.code, right.lines.at(-1)]).toEqual([0, "3 passed, 0 failed"]);
    const wrong = compileExample(context, "ports", "-DPORT=source");
    const { code, lines } = await runExample(wrong, "ports", native);
    expect([code, lines.at(-1)]).toEqual([1, "1 passed, 2 failed"]);
  });

  test("xdp-filter passes", async (context) => {
    const { code, lines } = await runExample(xdpFilter(context), "xdp-filter", native);
    expect([code, lines.at(-1)]).toEqual([0, "3 passed, 0 failed"]);
  });
});
