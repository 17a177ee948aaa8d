// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

/** A replacement for upstream token.c. */
const base = readFileSync(new URL("../../../upstream/test/no-tokens.c", import.meta.url), "utf8");
const lines = base.split("\n");

let folder = "";
const inside = (name: string): string => join(folder, name);
const review = (...words: string[]): Promise<Result> =>
  cli(["review", ...words], {}, { BPF_TOKEN_UPSTREAM: inside("store") });
const common = (): string[] => {
  const paths = ["--base", inside("base.c"), "--findings", inside("findings")];
  return [...paths, "--as", "6.12", "--suite", inside("suite"), "--time", "2s"];
};

/** A patch of 'diff -u' that replaces one line. */
function patchOf(line: string, by: string, context = 3): string {
  const at = lines.indexOf(line);
  if (at < 0) throw new Error(`no line '${line}'`);
  const [start, end] = [Math.max(0, at - context), at + 1 + context];
  const before = lines.slice(start, at).map((text) => ` ${text}`);
  const after = lines.slice(at + 1, end).map((text) => ` ${text}`);
  const count = before.length + 1 + after.length;
  const head = `--- linux/kernel/bpf/token.c\t2024-01-01\n+++ mine/kernel/bpf/token.c\t2024-01-02\n`;
  const hunk = `@@ -${start + 1},${count} +${start + 1},${count} @@`;
  return `${head}${[hunk, ...before, `-${line}`, `+${by}`, ...after].join("\n")}\n`;
}

const errno = patchOf("\treturn ERR_PTR(-ENOLINK);", "\treturn ERR_PTR(-EXDEV);");
const other = `diff --git a/kernel/bpf/syscall.c b/kernel/bpf/syscall.c
--- a/kernel/bpf/syscall.c
+++ b/kernel/bpf/syscall.c
@@ -1,1 +1,1 @@
-a
+b
diff --git a/logo.png b/logo.png
Binary files a/logo.png and b/logo.png differ
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-review-"));
  writeFileSync(inside("base.c"), base);
  mkdirSync(inside("suite"));
  const steps =
    "  - bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 4, value_size: 8, max_entries: 1, map_flags: [TOKEN_FD], map_token_fd: 9 }\n    expect: EBADF\n";
  const named = (name: string, rule: string): string =>
    `name: ${name}\nrules: [${rule}]\nsteps:\n${steps}`;
  writeFileSync(inside("suite/fd.yaml"), named("a token fd", "TF-01"));
  writeFileSync(inside("suite/other.yaml"), named("another rule", "MN-03"));
  const texts = {
    errno,
    series: `${other}${errno}`,
    comment: patchOf("\treturn ERR_PTR(-ENOLINK);", "\treturn  ERR_PTR(-ENOLINK); /* no tokens */"),
    hunk: errno.replace("-\treturn ERR_PTR(-ENOLINK);", "-\treturn ERR_PTR(-EPERM);"),
    binary: "diff --git a/kernel/bpf/token.c b/kernel/bpf/token.c\nGIT binary patch\nliteral 1\n",
    broken: patchOf("\treturn ERR_PTR(-ENOLINK);", "\treturn ERR_PTR(-ENOLINK"),
    elsewhere: other,
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(inside(`${name}.patch`), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a patch", { timeout: 600_000 }, () => {
  test("that changes an answer: functions, rules, scenarios and findings", async () => {
    const { code, out, err } = await review(inside("series.patch"), ...common());
    expect({ code, err }).toEqual({ code: 1, err: "" });
    const line = 1 + lines.indexOf("\treturn ERR_PTR(-ENOLINK);");
    expect(out).toContain(
      `| bpf_token_get_from_fd() | kernel/bpf/token.c | ${line} | ${line} | TF-01, TP-15, TF-02 |`,
    );
    expect(out).toContain("`kernel/bpf/syscall.c`, `logo.png` (binary).");
    expect(out).toContain("1 of 2 scenarios ran: 0 answer as before, 1 differ.");
    expect(out).toMatch(/fd\.yaml` \(TF-01\):\n\n.*\n {6}before {2}ENOLINK.*\n {6}after {3}EXDEV/);
    expect(out).toMatch(/With faults .*: \d+ sequences, .* findings?/);
    expect(out).toMatch(/Without faults .*: \d+ sequences, .* findings?/);
    const [found = ""] = /\S+\/finding-\w+/.exec(out) ?? [];
    expect(existsSync(join(found, "README.md"))).toBe(true);
    const again = await cli(
      ["fuzz", "--replay", found],
      {},
      { BPF_TOKEN_UPSTREAM: inside("store") },
    );
    expect(again).toMatchObject({ code: 1, err: "" });
  });

  test("that changes only a comment, also with --output and --json", async () => {
    const words = [inside("comment.patch"), ...common(), "--output", inside("out.md")];
    const { code, out } = await review(...words);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    const text = readFileSync(inside("out.md"), "utf8");
    expect(text).toContain("The patch changes no function.");
    expect(text).toContain("0 of 2 scenarios ran");
    expect(text.match(/no difference\./g)).toHaveLength(2);
    const json = await review(inside("comment.patch"), ...common(), "--json");
    expect(JSON.parse(json.out)).toMatchObject({ functions: [], run: 0, suite: 2 });
  });

  test("that does not apply: the hunk is printed", async () => {
    const { code, err } = await review(inside("hunk.patch"), ...common());
    expect(code).toBe(2);
    expect(err).toContain("the hunk does not match line");
    expect(err).toMatch(/@@ -\d+,\d+ \+\d+,\d+ @@\n/);
    expect(err).toContain("-        return ERR_PTR(-EPERM);");
  });

  test("that does not compile", async () => {
    const { code, err } = await review(inside("broken.patch"), ...common());
    expect(code).toBe(1);
    expect(err).toContain("kernel/bpf/token.c does not compile");
  });

  test.each([
    ["binary", /token\.c as a binary patch/],
    ["elsewhere", /does not touch kernel\/bpf\/token\.c/],
    ["none", /cannot read/],
  ])("that cannot be tested: %s", async (name, text) => {
    const { code, err } = await review(inside(`${name}.patch`), ...common());
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});

test("a patch that creates token.c is compared with the model, or is the base", async () => {
  const added = lines.map((line) => `+${line}\n`).join("");
  const head = "--- /dev/null\n+++ b/kernel/bpf/token.c\n";
  writeFileSync(inside("new.patch"), `${head}@@ -0,0 +1,${lines.length} @@\n${added}`);
  const { code, err } = await review(inside("new.patch"));
  expect(code).toBe(2);
  expect(err).toMatch(/creates kernel\/bpf\/token\.c, .* give '--base .*new\.patch'/);
  const words = common().map((word) => word.replace(/base\.c$/, "new.patch"));
  const onTop = await review(inside("errno.patch"), ...words);
  expect([onTop.code, onTop.err]).toEqual([1, ""]);
  expect(onTop.out).toContain("`fd.yaml`");
});

describe("an invalid command line", () => {
  test.each([
    [[], /PATCH is missing/],
    [["a.patch"], /--base is missing/],
    [["a.patch", "b.patch"], /'b\.patch' is a second one; put a series into one file/],
    [["a.patch", "--base", "x", "--time", "soon"], /--time needs seconds/],
    [["package.json", "--base", "6.9"], /no source of 6\.9 in .*npm run guest -- source 6\.9/],
  ])("%j", async (words, text) => {
    const { code, err } = await review(...words);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });
});
