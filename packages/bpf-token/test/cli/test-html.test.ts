// SPDX-License-Identifier: MIT
// HTML pages of coverage. An object is anybody's: its file names and lines are hostile here.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { htmlWriter } from "../../src/cli/commands/test/html.ts";
import { istanbul, type LineCoverage } from "../../src/program-test/index.ts";

const lineOf = (over: Partial<LineCoverage>): LineCoverage => ({
  ...{ file: "filter.bpf.c", line: 2, text: "\treturn XDP_DROP;", ran: 3, branches: [] },
  ...over,
});

const folder = { path: "" };
const inside = (...names: string[]): string => join(folder.path, ...names);

beforeEach(() => {
  folder.path = mkdtempSync(join(tmpdir(), "bpf-token-html-"));
});

afterEach(() => {
  rmSync(folder.path, { recursive: true });
});

async function pages(lines: readonly LineCoverage[]): Promise<string> {
  const write = htmlWriter(inside("html"));
  write(lines, [folder.path]);
  const all = readdirSync(inside("html"), { recursive: true, encoding: "utf8" });
  return all
    .filter((name) => name.endsWith(".html"))
    .map((name) => readFileSync(inside("html", name), "utf8"))
    .join("\n");
}

describe("a page", () => {
  test("shows the source, the counts and the ways that no run went", async () => {
    writeFileSync(inside("filter.bpf.c"), "// all of it\n\treturn XDP_DROP;\nif (a)\n");
    const branches = [{ jumped: 2, passed: 0 }];
    const text = await pages([lineOf({}), lineOf({ line: 3, text: "if (a)", ran: 2, branches })]);
    expect(text).toContain("// all of it");
    expect(text).toContain('<span class="cline-any cline-yes">3x</span>');
    expect(text).toContain('title="branch not covered" >if (a)</span>');
  });

  test("has the lines of the object if the file is missing or has other lines", async () => {
    expect(await pages([lineOf({ ran: 0 })])).toMatch(
      /title="statement not covered" >\s*return XDP/,
    );
    writeFileSync(inside("filter.bpf.c"), "secret\nreturn XDP_PASS;\n");
    const text = await pages([lineOf({})]);
    expect(text).toContain("return XDP_DROP;");
    expect(text).not.toContain("secret");
  });

  test("has no file of which the object has no line", async () => {
    writeFileSync(inside("secrets"), "secret\n\n");
    const text = await pages([lineOf({ file: "secrets", line: 2, text: "" })]);
    expect(text).not.toContain("secret\n");
    expect(text).toContain("secrets");
  });

  test("has no file of which the object has only lines that no page has", async () => {
    writeFileSync(inside("secrets"), "secret\n");
    const text = await pages([lineOf({ file: "secrets", line: 300_000, text: "x" })]);
    expect(text).not.toContain("secret\n");
  });

  test("has no file outside of the folders, whatever lines the object has", async () => {
    mkdirSync(inside("project"));
    writeFileSync(inside("secrets"), "known\nsecret\n");
    const write = htmlWriter(inside("html"));
    const known = { line: 1, text: "known" };
    const names = ["../secrets", inside("secrets"), "x/../../secrets"];
    write(
      names.map((file) => lineOf({ file, ...known })),
      [inside("project")],
    );
    const all = readdirSync(inside("html"), { recursive: true, encoding: "utf8" });
    const shown = all.filter((name) => name.includes("secrets") && name.endsWith(".html"));
    expect(shown.length).toBe(3);
    for (const name of shown) {
      const text = readFileSync(inside("html", name), "utf8");
      expect([text.includes("known"), text.includes("secret\n")]).toEqual([true, false]);
    }
  });

  test("is one for each file, also if their names become the same", async () => {
    const text = await pages([lineOf({ file: "a?b" }), lineOf({ file: "a!b", text: "other();" })]);
    expect([text.includes("return XDP_DROP;"), text.includes("other();")]).toEqual([true, true]);
  });

  test("is written for more lines than a call has arguments", async () => {
    const many = Array.from({ length: 150_000 }, (_, i) => lineOf({ line: i + 1, text: "a;" }));
    expect(await pages(many)).toContain("150000/150000");
  });

  test("waits for no FIFO", async () => {
    execFileSync("mkfifo", [inside("filter.bpf.c")]);
    expect(await pages([lineOf({})])).toContain("return XDP_DROP;");
  });

  test("escapes text, and stays in its folder", async () => {
    const text = "a < b; \u0001script\u0002alert(1)\u0001/script\u0002 <script>alert(2)</script>";
    const names = ["../../out.c", "/../<script>alert(3)<.c", 'a"onload="b/../..', "", "\u001b[2J"];
    const shown = await pages(names.map((file) => lineOf({ file, text })));
    expect(shown).toContain("a &lt; b;");
    for (const hostile of ["<script>alert", "alert(3)", 'onload="b', "\u001b"])
      expect(shown).not.toContain(hostile);
    expect(readdirSync(folder.path)).toEqual(["html"]);
  });

  test("has no empty lines for a line number that nobody wrote", async () => {
    const text = await pages([lineOf({ line: 4_000_000 })]);
    expect(text.length).toBeLessThan(100_000);
  });
});

describe("the folder", () => {
  test("may have an earlier report", async () => {
    await pages([lineOf({ text: "first();" })]);
    const text = await pages([lineOf({ text: "second();" })]);
    expect(text).toContain("second();");
    expect(text).not.toContain("first();");
  });

  test("has no other files", async () => {
    mkdirSync(inside("html"));
    writeFileSync(inside("html", "index.html"), "my page");
    expect(() => htmlWriter(inside("html"))).toThrow("it has other files. Fix: give the");
    expect(readFileSync(inside("html", "index.html"), "utf8")).toBe("my page");
    writeFileSync(inside("file"), "");
    expect(() => htmlWriter(inside("file"))).toThrow(/cannot write '.*': .*exist/);
  });

  test("is not created if Istanbul's packages are missing", async () => {
    const none = (): never => {
      throw Object.assign(new Error("missing"), { code: "MODULE_NOT_FOUND" });
    };
    expect(() => htmlWriter(inside("html"), none)).toThrow("Fix: npm install istanbul-lib-cov");
    expect(existsSync(inside("html"))).toBe(false);
  });
});

test("the format of Istanbul has lines, and both ways of jumps", () => {
  const branches = [{ jumped: 2, passed: 1 }];
  const files = istanbul([
    lineOf({ branches }),
    lineOf({ line: 5, ran: 0 }),
    lineOf({ file: "b" }),
  ]);
  expect(Object.keys(files)).toEqual(["filter.bpf.c", "b"]);
  const loc = { start: { line: 2, column: 1 }, end: { line: 2, column: 16 } };
  expect(files["filter.bpf.c"]).toEqual({
    path: "filter.bpf.c",
    statementMap: { 2: loc, 5: { start: { line: 5, column: 1 }, end: { line: 5, column: 16 } } },
    ...{ s: { 2: 3, 5: 0 }, fnMap: {}, f: {} },
    ...{ branchMap: { 0: { type: "jump", loc, locations: [loc, loc] } }, b: { 0: [2, 1] } },
  });
});
