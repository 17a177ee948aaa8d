// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeNative } from "@bpf-token/kernel-native";
import { resolveRelease } from "@bpf-token/uapi";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { fetchGoLibrary } from "../lib/debian.mjs";
import { compileGo, hasGo } from "../lib/go.mjs";

const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const cli = fileURLToPath(
  new URL("../../../../packages/bpf-token/bin/bpf-token.js", import.meta.url),
);
const MINUTES_10 = 600_000;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-go-"));
  const build = fileURLToPath(new URL("../../../build/native/build.mjs", import.meta.url));
  spawnSync(process.execPath, [build, "--quiet", "interceptor", "addon", "executor", process.arch]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Skips a test for a reason, which fails where the test is required. */
function need(context: TestContext, why: string | undefined): void {
  if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
  context.skip(why !== undefined, why);
}

function run(program: string, delegate: string, ...options: readonly string[]) {
  const args = ["exec", ...options, "--delegate", delegate, "--", program];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const noGo = (): string | undefined =>
  hasGo() ? undefined : "Go programs: go is not installed. Fix: apt install golang-go";

test(
  "threads of a Go program get the answers of the model",
  (context) => {
    need(context, noGo());
    const program = join(folder, "threads");
    expect(compileGo("threads", program)).toBe("");
    const answers = (array: (i: number) => string, hash: string): string =>
      ["token: true errno 0", ...[0, 1, 2, 3].map(array), "threads: 4", `hash: ${hash}`]
        .concat("no token: operation not permitted", "child: 7.3.0", "<nil>", "")
        .join("\n");
    const positive = run(program, "cmds=any,maps=array", "--subject", "model@7.3");
    const found = answers((i) => `array: ${i} errno 0`, "operation not permitted");
    expect(positive).toEqual({ status: 0, stdout: found, stderr: "" });
    const negative = run(program, "cmds=any,maps=hash", "--subject", "model@7.3");
    const refused = answers(() => "array: operation not permitted", "errno 0");
    expect(negative).toEqual({ status: 0, stdout: refused, stderr: "" });
  },
  MINUTES_10,
);

test(
  "cilium/ebpf finds the same on the running kernel and on its model",
  async (context) => {
    need(context, noGo());
    const native = probeNative();
    need(context, native.ok ? undefined : `native half: ${native.why}`);
    const library = await fetchGoLibrary();
    need(context, library === undefined ? "cilium/ebpf: it cannot be downloaded" : undefined);
    const program = join(folder, "features");
    expect(compileGo("features", program, library)).toBe("");
    const model = `model@${resolveRelease(release()).release}`;
    const rest = "progs=any,attachs=any";
    for (const [delegate, text] of [
      [`cmds=any,maps=any,${rest}`, "value: 7\nload: yes\n"],
      [
        `cmds=any,maps=hash,${rest}`,
        "create: creating map: map create: map type BPF_MAP_TYPE_ARRAY: token",
      ],
      [
        "cmds=any,maps=any,progs=kprobe,attachs=any",
        "program XDP: detect support for XDP: load program: ",
      ],
      [`cmds=prog_load,maps=any,${rest}`, "create: creating map: map create: "],
    ] as const) {
      const real = run(program, delegate);
      expect(real.stdout).toContain(text);
      expect(run(program, delegate, "--subject", model)).toEqual(real);
    }
  },
  MINUTES_10,
);
