// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { blocksIn, isPage } from "../../src/lint/blocks.ts";
import { lintText } from "../../src/lint/index.ts";

const texts = (path: string, text: string) => blocksIn(path, text).map((one) => one.text);

test.each(["a.md", "a.markdown", "a.mdx", "a.rst", "a.adoc", "b/a.asciidoc", "A.RST"])(
  "%s is a page",
  (path) => expect(isPage(path)).toBe(true),
);
test.each(["a.c", "a.txt", "rst", "a.rst.in"])("%s is none", (path) =>
  expect(isPage(path)).toBe(false),
);

describe("reStructuredText", () => {
  test.each([
    "code-block:: sh",
    "code:: sh",
    "sourcecode:: sh",
    "parsed-literal::",
    "prompt:: bash",
  ])("a directive begins a block: %s", (directive) => {
    const page = `Text.\n\n.. ${directive}\n   :caption: a\n\n   one\n\n   two\n\nText.\n`;
    expect(texts("a.rst", page)).toEqual(["   :caption: a\n\n   one\n\n   two\n"]);
  });

  test("a paragraph that ends with '::' begins a block, up to its own indentation", () => {
    expect(texts("a.rst", "Do this::\n\n  one\n  two\nText::\nno block\n")).toEqual([
      "  one\n  two\n",
    ]);
    expect(texts("a.rst", "- Do::\n\n    one\n\n  Text.\n")).toEqual(["    one\n"]);
    expect(texts("a.rst", "Do::\n\n  one")).toEqual(["  one"]);
  });

  test("text, other directives and other languages are no blocks", () => {
    expect(texts("a.rst", "Text:\n\n  quoted\n\n.. note::x\n\n  one\n")).toEqual([]);
    expect(texts("a.rst", ".. code-block:: typescript\n\n   one\n")).toEqual([]);
  });

  test("lines that begin with '|' are a block without marks and prompts", () => {
    const page = "Text.\n\n| **# one** \\\n|   **two**\n\n| three\n|four\n";
    const blocks = blocksIn("a.rst", page);
    expect(blocks.map(({ text }) => text)).toEqual(["      one   \\\n      two  \n", "  three\n"]);
    expect(page.slice(blocks[0]?.at).startsWith("| **# one")).toBe(true);
  });

  test("the position is that in the page, and a program is one", () => {
    const page = "Text.\n\n.. code-block:: c\n\n   one();\n";
    const [block] = blocksIn("a.rst", page);
    expect(page.slice(block?.at)).toBe("   one();\n");
    expect(block?.isProgram).toBe(true);
  });
});

describe("AsciiDoc", () => {
  test("a fence ends with the same characters", () => {
    expect(
      texts("a.adoc", "Text.\n\n----\none\n....\n----\n\n....\ntwo\n....\n---\nno\n---\n"),
    ).toEqual(["one\n....\n", "two\n"]);
  });

  test("a line before names the language", () => {
    const page = (line: string) => `${line}\n----\none\n----\n`;
    expect(texts("a.adoc", page("[source,typescript]"))).toEqual([]);
    expect(blocksIn("a.adoc", page("[source, c]"))[0]?.isProgram).toBe(true);
    expect(blocksIn("a.adoc", page("[source%linenums,c]"))[0]?.isProgram).toBe(true);
    expect(blocksIn("a.adoc", page("[source,sh]"))[0]?.isProgram).toBe(false);
  });
});

describe("the findings of a page", () => {
  const mount = "mount -t bpf -o delegate_cmds=map_create,prog_load none /b";
  const found = (path: string, text: string) =>
    lintText(path, text).map(({ finding, line, column }) => `${finding.id} ${line}:${column}`);

  test.each([
    ["a.md", `\`\`\`sh\n${mount}\n\`\`\`\n`, 2, 0],
    ["a.rst", `Run::\n\n  ${mount}\n`, 3, 2],
    ["a.adoc", `[source,sh]\n----\n${mount}\n----\n`, 3, 0],
  ])("have the position of %s", (path, text, line, indent) => {
    const [first] = found(path, text).filter((one) => one.startsWith("lint.separator"));
    expect(first).toBe(`lint.separator ${line}:${indent + mount.indexOf(",") + 1}`);
  });

  test.each(["a.rst", "a.adoc"])("text outside of blocks has none: %s", (path) => {
    expect(found(path, `Text.\n${mount}\n`)).toEqual([]);
  });

  test("an ignore comment is about the whole next command", () => {
    const long = `mount -t bpf \\\n  -o delegate_cmds=map_create,prog_load \\\n  none /b\n`;
    const separators = (text: string) =>
      found("a.sh", text).filter((one) => one.startsWith("lint.separator"));
    expect(separators(long)).toHaveLength(1);
    expect(separators(`# bpf-token: ignore\n${long}`)).toEqual([]);
    expect(separators(`# bpf-token: ignore\ntrue\n${long}`)).toHaveLength(1);
    expect(separators(`# bpf-token: ignore\n${long}${mount}\n`)).toHaveLength(1);
  });
});

describe("options in a sentence", () => {
  const ids = (file: string, text: string): readonly string[] =>
    lintText(file, text).map(({ finding, line }) => `${line} ${finding.id}`);

  test.each<[string, string, readonly string[]]>([
    ["page.md", "Mount it\nwith `delegate_cmds=prog_load,map_create`.\n", ["2 lint.separator"]],
    ["page.rst", "Mount it with ``delegate_maps=hahs``.\n", ["1 lint.unknown_name"]],
    ["page.md", "Mount it with `delegate_cmds=prog_load`.\n", []],
    ["page.md", "`delegate_cmds=prog_load,map_create` delegates only one.\n", ["1 lint.separator"]],
    ["page.md", "Never write `delegate_cmds=prog_load,map_create`.\n", []],
    ["page.md", "With `delegate_cmds=prog_load,map_create`\nthe mount fails.\n", []],
    [
      "page.md",
      "It fails.\n\nWith `delegate_cmds=prog_load,map_create` it loads.\n",
      ["3 lint.separator"],
    ],
  ])("in %s: %j", (file, text, wanted) => {
    expect(ids(file, text)).toEqual(wanted);
  });

  test("a prompt of root stands before a command, and a comment does not", () => {
    const block = (line: string): string => `Mount it::\n\n   ${line}\n`;
    const mount = "mount -t bpf none /b -o delegate_maps=hash,delegate_cmds=map_create";
    expect(ids("page.rst", block(`# ${mount}`))).toEqual(["3 lint.host_mount"]);
    expect(ids("page.rst", block(`# write ${mount}`))).toEqual([]);
  });
});
