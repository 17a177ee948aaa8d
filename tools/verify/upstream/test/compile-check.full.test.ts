// SPDX-License-Identifier: MIT
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { isRequired } from "../../../lib/chromium.mjs";
import { fileFromPatch, gitBlob } from "../lib/patch.mjs";
import { releaseCode } from "../lib/release.mjs";
import { releaseOfName } from "../lib/source.mjs";

const tool = fileURLToPath(new URL("../compile-check.mjs", import.meta.url));
/** A small original file that compiles with our headers and defines two required functions. */
const small = [
  "#include <linux/bpf.h>",
  "",
  "bool bpf_token_allow_cmd(const struct bpf_token *token, enum bpf_cmd cmd)",
  "{",
  "\treturn token && token->allowed_cmds >> cmd & 1;",
  "}",
  "",
].join("\n");

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function patchOf(content: string, index = gitBlob(Buffer.from(content)).slice(0, 12)): string {
  const lines = content.slice(0, -1).split("\n");
  return [
    "From a mailing list; a quoted copy comes first:",
    "> diff --git a/kernel/bpf/token.c b/kernel/bpf/token.c",
    "> @@ -0,0 +1,200 @@",
    "> +not this one",
    "diff --git a/kernel/bpf/Makefile b/kernel/bpf/Makefile",
    "@@ -6,7 +6,7 @@",
    "-obj-y += a.o",
    "+obj-y += a.o token.o",
    "diff --git a/kernel/bpf/token.c b/kernel/bpf/token.c",
    "new file mode 100644",
    `index 000000000000..${index}`,
    "--- /dev/null",
    "+++ b/kernel/bpf/token.c",
    `@@ -0,0 +1,${lines.length} @@ `,
    ...lines.map((line) => `+${line}`),
    "diff --git a/tools/x b/tools/x",
    "",
  ].join("\n");
}

function run(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [tool, ...args], { encoding: "utf8" });
}

test("extracts the exact bytes of a new file, and ignores quoted copies", () => {
  const { bytes, blob } = fileFromPatch(patchOf(small), "kernel/bpf/token.c");
  expect(bytes.toString()).toBe(small);
  expect(gitBlob(bytes).startsWith(blob ?? "none")).toBe(true);
  const mailed = patchOf(small).replaceAll("\n", "\r\n");
  expect(fileFromPatch(mailed, "kernel/bpf/token.c").bytes.toString()).toBe(small);
});

test.each([
  ["another file", "diff --git a/x b/x\n", "the patch does not touch kernel/bpf/token.c"],
  ["a change", patchOf(small).replace("@@ -0,0 +1,6 @@", "@@ -1,5 +1,6 @@"), "does not create it"],
  ["a cut", patchOf(small).replace(/\+\treturn[^\n]*\n/, ""), "ends before its 6 lines do"],
  ["damage", patchOf(small).replace("+}", "+};"), "does not have the hash that the patch names"],
])("rejects a patch with %s", (_, text, message) => {
  expect(() => fileFromPatch(text, "kernel/bpf/token.c")).toThrow(message);
});

test("releases have the numbers of the core, and names of trees contain the release", () => {
  expect(["v10-03", "v10", "v10-reviewed", "6.9", "6.12"].map(releaseCode)).toEqual([
    1, 2, 3, 6009, 6012,
  ]);
  expect(() => releaseCode("5.15")).toThrow("unknown release '5.15'; known: v10-03, v10,");
  expect(["linux-source-6.12", "linux-6.12.118", "tree"].map(releaseOfName)).toEqual([
    "6.12",
    "6.12",
    undefined,
  ]);
});

test("compiles a patch and a tree unmodified; a file that does not compile is a finding", {
  timeout: 600_000,
}, () => {
  const top = folder();
  const tree = join(top, "linux-6.12");
  mkdirSync(join(tree, "kernel/bpf"), { recursive: true });
  writeFileSync(join(tree, "kernel/bpf/token.c"), small);
  writeFileSync(join(top, "good.patch"), patchOf(small));
  const bad = small.replace("allowed_cmds", "allowed_nothing");
  writeFileSync(join(top, "bad.patch"), patchOf(bad));

  const good = run("--patch", join(top, "good.patch"), "--source", tree);
  expect(good.stderr).toBe("");
  expect(good.stdout).toMatch(
    /^good\.patch: token\.c sha256 [0-9a-f]{64} as v10: \d+ bytes of object, ok\n/,
  );
  expect(good.stdout).toMatch(
    /\nlinux-6\.12: token\.c sha256 [0-9a-f]{64} as 6\.12: \d+ bytes of object, ok\n$/,
  );
  expect(good.status).toBe(0);

  const findings = run("--patch", join(top, "bad.patch"));
  expect(findings.stdout).toMatch(/: does not compile\n$/);
  expect(findings.stderr).toContain("allowed_nothing");
  expect(findings.status).toBe(1);
});

test("no source, an unknown argument and a missing file have their own exit codes", () => {
  expect(run().status).toBe(2);
  expect(run("--pach", "x").status).toBe(2);
  const missing = run("--source", join(folder(), "none.tar.xz"));
  expect(missing.stderr).toMatch(/^compile-check: .*none\.tar\.xz: no such file or folder\n$/);
  expect(missing.status).toBe(3);
});

/** Skips with a reason; fails instead if BPF_TOKEN_REQUIRE names upstream. */
function need(context: TestContext, what: string | undefined, why: string): string {
  if (what !== undefined && existsSync(what)) return what;
  if (isRequired("upstream")) throw new Error(`required, but not available: ${why}`);
  return context.skip(why);
}

function sources(): string | undefined {
  const asked = process.env.BPF_TOKEN_LINUX_SOURCE;
  if (asked !== undefined) return asked;
  const from = "/usr/src";
  const name = existsSync(from)
    ? readdirSync(from).find((entry) => /^linux-source-6\.12\.tar\./.test(entry))
    : undefined;
  return name === undefined ? undefined : join(from, name);
}

test("the token.c of the posted series compiles", { timeout: 600_000 }, (context) => {
  const why = "upstream tests: no posted patch; set BPF_TOKEN_SEED_PATCH=FILE";
  const patch = need(context, process.env.BPF_TOKEN_SEED_PATCH, why);
  for (const release of ["v10-03", "v10", "v10-reviewed"]) {
    const { status, stdout, stderr } = run("--patch", patch, "--release", release);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(` as ${release}: `);
  }
});

test("token.c and inode.c of Linux 6.12 compile", { timeout: 600_000 }, (context) => {
  const why = "upstream tests: no Linux 6.12; apt-get install linux-source-6.12";
  const source = need(context, sources(), why);
  const { status, stdout, stderr } = run("--source", source, "--inode");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/token\.c .* as 6\.12: .*, ok\n.*inode\.c .* as 6\.12: .*, ok\n$/);
});
