// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { fileFromPatch, filesOfPatch, SourceError } from "../src/index.ts";

const names = (text: string): readonly string[] =>
  filesOfPatch(text).map(({ path, binary }) => `${path}${binary ? " binary" : ""}`);

describe("the files of a patch", () => {
  test.each([
    [
      "diff --git a/kernel/bpf/token.c b/kernel/bpf/token.c\n--- a/kernel/bpf/token.c\n+++ b/kernel/bpf/token.c\n",
      ["kernel/bpf/token.c"],
    ],
    [
      "--- linux/kernel/bpf/inode.c\t2024\n+++ mine/kernel/bpf/inode.c\t2024\n",
      ["kernel/bpf/inode.c"],
    ],
    ["--- kernel/bpf/inode.c\n+++ kernel/bpf/inode.c\n", ["kernel/bpf/inode.c"]],
    ["--- a/kernel/bpf/old.c\n+++ /dev/null\n", ["kernel/bpf/old.c"]],
    ["diff --git a/x.bin b/x.bin\nGIT binary patch\nliteral 1\n", ["x.bin binary"]],
    ["diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n", ["x.png binary"]],
    ["> diff --git a/fs/a.c b/fs/a.c\n> --- a/fs/a.c\n> +++ b/fs/a.c\n", ["fs/a.c"]],
    ["no patch\n", []],
  ])("%j", (text, found) => {
    expect(names(text)).toEqual(found);
  });
});

test("an error of a hunk has its lines", async () => {
  const text = "--- a/kernel/bpf/token.c\n+++ b/kernel/bpf/token.c\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  const bytes = new TextEncoder().encode("a\nx\n");
  const error: unknown = await fileFromPatch(text, "kernel/bpf/token.c", bytes).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(SourceError);
  expect((error as SourceError).hunk).toEqual(["@@ -1,2 +1,2 @@", " a", "-b", "+c"]);
});
