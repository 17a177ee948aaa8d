// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { fileFromPatch, looksLikePatch, SourceError } from "../src/index.ts";
import { changing, making, noTokens, TOKEN } from "./texts.ts";

const patch = making(TOKEN, noTokens);
const quote = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");

async function text(from: string, base?: string): Promise<string> {
  const bytes = base === undefined ? undefined : new TextEncoder().encode(base);
  return new TextDecoder().decode(await fileFromPatch(from, TOKEN, bytes));
}

async function problem(from: string): Promise<SourceError> {
  const error: unknown = await fileFromPatch(from, TOKEN).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

describe("the position of a hunk", () => {
  const base = "a\nb\nc\nd\ne\n";
  const diff = (...hunks: readonly string[]): string =>
    `diff --git a/${TOKEN} b/${TOKEN}\n--- a/${TOKEN}\n+++ b/${TOKEN}\n${hunks.join("\n")}\n-- \n2.47\n`;

  test.each([
    ["in the middle", "@@ -2,2 +2,2 @@\n-b\n+B\n c", "a\nB\nc\nd\ne\n"],
    ["an insertion without context", "@@ -2,0 +3 @@\n+x", "a\nb\nx\nc\nd\ne\n"],
    ["an insertion at the end", "@@ -5,0 +6 @@\n+x", "a\nb\nc\nd\ne\nx\n"],
    ["a deletion without context", "@@ -2,2 +1,0 @@\n-b\n-c", "a\nd\ne\n"],
    ["two hunks", "@@ -1 +1,2 @@\n a\n+x\n@@ -4 +5 @@\n-d\n+D", "a\nx\nb\nc\nD\ne\n"],
  ])("may be %s", async (_, hunks, expected) => {
    expect(await text(diff(hunks), base)).toBe(expected);
  });

  test.each([
    ["after the end", "@@ -9,0 +10 @@\n+x", "old line 9"],
    ["far after the end", "@@ -99999999999999999999,0 +1 @@\n+x", "old line 1"],
    ["before the hunk before it", "@@ -3 +3 @@\n-c\n+C\n@@ -1 +1 @@\n-a\n+A", "old line 1"],
    ["the same as before", "@@ -3 +3 @@\n-c\n+C\n@@ -3 +3 @@\n-c\n+D", "old line 3"],
    ["another one in the new file", "@@ -2 +3 @@\n-b\n+B", "new line 3"],
    [
      "after the end of the new file",
      "@@ -1 +1 @@\n-a\n+A\n\\ No newline at end of file\n@@ -3 +3 @@\n-c\n+C",
      "the end",
    ],
  ])("may not be %s", async (_, hunks, place) => {
    const bytes = new TextEncoder().encode(base);
    const error: unknown = await fileFromPatch(diff(hunks), TOKEN, bytes).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ problem: "damaged" });
    expect((error as SourceError).message).toContain(`a hunk cannot begin at ${place}`);
  });
});

test("a mail with many soft line breaks is decoded in linear time", {
  timeout: 20_000,
}, async () => {
  // Quadratic work would take hours.
  const soft = `${"=C3=B6x".repeat(10)}=\n`.repeat(200_000);
  const mail = `Content-Transfer-Encoding: quoted-printable\n\n${soft}end\n${patch.replaceAll("=", "=3D")}`;
  expect(await text(mail)).toBe(noTokens);
});

describe("a patch that creates the file", () => {
  test("yields its bytes", async () => {
    expect(await text(patch)).toBe(noTokens);
  });

  test("may have the carriage returns of mail", async () => {
    expect(await text(patch.replaceAll("\n", "\r\n"))).toBe(noTokens);
  });

  test("may be quoted, with text in between", async () => {
    expect(await text(`On Monday somebody wrote:\n${quote(patch)}`)).toBe(noTokens);
    expect(await text(quote(quote(patch)))).toBe(noTokens);
    const commented = quote(patch).replace("> +{", "> +{\n\nWhy is this so?\n");
    expect(await text(commented)).toBe(noTokens);
  });

  test("is preferred to a quoted copy", async () => {
    const other = making(TOKEN, noTokens.replace("ENOLINK", "EPERM"));
    expect(await text(`${quote(other)}\n${patch}`)).toBe(noTokens);
  });

  test("may be quoted-printable", async () => {
    const long = patch.replace("Words before it.", "W=C3=B6rter");
    const encoded = long
      .replaceAll("new file mode", "new fi=\nle mode")
      .replaceAll("(cap) ||", "(cap)=20||");
    expect(encoded).toContain("=20");
    const mail = `Content-Transfer-Encoding: quoted-printable\n\n${encoded}`;
    expect(await text(mail)).toBe(noTokens);
  });

  test("is compared with git's object name", async () => {
    const named = (name: string) =>
      patch.replace("new file mode 100644", `new file mode 100644\nindex 000000000000..${name}`);
    // The output of `git hash-object`.
    expect(await text(named("236e068c566c"))).toBe(noTokens);
    const error = await problem(named("0123456789ab"));
    expect(error.problem).toBe("damaged");
    expect(error.message).toContain("0123456789ab");
  });
});

describe("a patch that changes the file", () => {
  const change = changing(TOKEN, noTokens, "\treturn -ENOLINK;", "\treturn -EPERM;");
  const changed = noTokens.replace("\treturn -ENOLINK;", "\treturn -EPERM;");

  test("applies after the patch that creates it", async () => {
    expect(await text(`${patch}\n${change}`)).toBe(changed);
  });

  test("applies to a base", async () => {
    expect(await text(change, noTokens)).toBe(changed);
  });

  test("may have empty context lines without their space", async () => {
    const base = noTokens.replace("\treturn -ENOLINK;\n", "\treturn -ENOLINK;\n\n");
    const blank = changing(TOKEN, base, "\treturn -ENOLINK;", "\treturn -EPERM;");
    expect(blank).toContain("\n \n");
    expect(await text(blank.replace("\n \n", "\n\n"), base)).toBe(
      base.replace("\treturn -ENOLINK;", "\treturn -EPERM;"),
    );
  });

  test("is refused alone or on another base, with a fix", async () => {
    const alone = await problem(change);
    expect(alone.problem).toBe("not-made");
    expect(alone.message).toMatch(
      /changes kernel\/bpf\/token\.c but does not create it\. Fix: name what it applies to/,
    );
    const other = making(TOKEN, noTokens.replaceAll("ENOLINK", "EIO"));
    const apart = await problem(`${other}\n${change}`);
    expect(apart.problem).toBe("does-not-apply");
    expect(apart.line).toBeGreaterThan(other.split("\n").length);
  });
});

describe("a patch of diff -u", () => {
  const plain = (before: string, after: string): string =>
    `${before}\t2026-11-30 10:00:36\n${after}\t2026-11-30 10:00:38\n@@ -2,2 +2,2 @@\n-b\n+B\n c\n`;

  test.each([
    ["two trees", "--- a/kernel/bpf/token.c", "+++ b/kernel/bpf/token.c"],
    ["trees with other names", "--- linux.orig/kernel/bpf/token.c", "+++ linux/kernel/bpf/token.c"],
    ["a file and its copy", "--- token.c.orig", "+++ token.c"],
  ])("applies to a base: of %s", async (_, before, after) => {
    expect(await text(plain(before, after), "a\nb\nc\n")).toBe("a\nB\nc\n");
  });

  test("changes only its own file, and the next file ends it", async () => {
    const other = plain("--- a/kernel/bpf/core.c", "+++ b/kernel/bpf/core.c");
    const own = plain(`--- a/${TOKEN}`, `+++ b/${TOKEN}`);
    expect(await text(other + own + other, "a\nb\nc\n")).toBe("a\nB\nc\n");
    expect((await problem(other)).problem).toBe("no-file");
  });

  test("of git applies to another revision if its lines do", async () => {
    const change = changing(TOKEN, noTokens, "\treturn -ENOLINK;", "\treturn -EPERM;");
    const later = `${noTokens}\n/* more */\n`;
    expect(await text(change, later)).toBe(later.replace("\treturn -ENOLINK;", "\treturn -EPERM;"));
  });
});

describe("fileFromPatch() refuses", () => {
  test("another file", async () => {
    const error = await problem(making("kernel/bpf/core.c", noTokens));
    expect(error).toMatchObject({ problem: "no-file", line: undefined });
    expect(error.message).toBe(`the patch does not touch ${TOKEN}`);
  });

  test("a truncated patch, with its line", async () => {
    const lines = patch.split("\n").slice(0, 20);
    const error = await problem(lines.join("\n"));
    expect(error.problem).toBe("truncated");
    expect(error.message).toMatch(/^line \d+: kernel\/bpf\/token\.c: the hunk has fewer lines/);
    const header = patch.split("\n").slice(0, 8).join("\n");
    expect((await problem(header)).message).toContain("the patch has no hunk");
  });

  test("a mail in base64", async () => {
    const error = await problem(`Content-Transfer-Encoding: base64\n\n${btoa("x")}`);
    expect(error).toMatchObject({ problem: "encoding", line: 1 });
  });
});

test("looksLikePatch() recognises a patch", () => {
  expect(looksLikePatch(patch)).toBe(true);
  expect(looksLikePatch(quote(patch))).toBe(true);
  expect(looksLikePatch(noTokens)).toBe(false);
});

describe("a hostile patch", () => {
  const names = `--- a/${TOKEN}\n+++ b/${TOKEN}\n`;
  const change = `${names}@@ -1 +1 @@\n-a\n+a\n`;

  test("with names and no hunk does not take the hunk of another file", async () => {
    const other = "--- a/x.c\n+++ b/x.c\n@@ -0,0 +1 @@\n+other\n";
    expect((await problem(`${names}${other}`)).message).toContain("the patch has no hunk");
  });

  test("with many names is read once", async () => {
    const { problem: kind } = await problem(names.repeat(100_000));
    expect(kind).toBe("too-large");
  });

  test("that changes a file many times is refused", async () => {
    const create = `--- /dev/null\n+++ b/${TOKEN}\n@@ -0,0 +1 @@\n+a\n`;
    expect(await text(create + change.repeat(999))).toBe("a\n");
    const { problem: kind, message } = await problem(create + change.repeat(1000));
    expect([kind, message]).toEqual(["too-large", expect.stringContaining("the limit is 1000")]);
  });

  test("that makes a file of very many lines is refused", async () => {
    const create = (lines: number): string =>
      `--- /dev/null\n+++ b/${TOKEN}\n@@ -0,0 +1,${lines} @@\n${"+a\n".repeat(lines)}`;
    expect(await text(create(99_999))).toHaveLength(199_998);
    const { problem: kind, message } = await problem(create(100_000));
    expect([kind, message]).toEqual(["too-large", expect.stringContaining("100001 lines")]);
  });
});
