// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { main } from "../spec-rules.mjs";
import { lineOf, mutated, semantics } from "./spec.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "spec-rules-"));
  writeFileSync(join(dir, "semantics.md"), semantics);
});
afterEach(() => rmSync(dir, { recursive: true }));

function run(...argv: string[]): { code: number; out: string; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const code = main([...argv, "--dir", dir], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join("\n"), err };
}

const rulesPath = () => join(dir, "rules.json");

/** Writes rules.json, edits it, and returns the result of --check. */
function checkAfter(edit: (text: string) => string): ReturnType<typeof run> {
  expect(run().code).toBe(0);
  const before = readFileSync(rulesPath(), "utf8");
  const after = edit(before);
  expect(after).not.toBe(before);
  writeFileSync(rulesPath(), after);
  const result = run("--check");
  expect(readFileSync(rulesPath(), "utf8")).toBe(after);
  return result;
}

test("a generated file passes the check", () => {
  expect(run().code).toBe(0);
  expect(run("--check")).toEqual({
    code: 0,
    out: "324 rules: 246 observed, 18 in a VM only, 37 in later guests only, 23 from source only",
    err: [],
  });
});

test("--check catches an edit of rules.json, a line per difference", () => {
  const { code, err } = checkAfter((text) =>
    text.replace('"v10":"mount root"', '"v10":"y"').replace('["EOPNOTSUPP"]', '["EPERM"]'),
  );
  expect(code).toBe(1);
  expect(err).toHaveLength(3);
  expect(err[0]).toContain('TC-04.releases.v10 is "y", semantics.md gives "mount root"');
  expect(err[1]).toContain('TC-09.errno is ["EPERM"], semantics.md gives ["EOPNOTSUPP"]');
  expect(err[2]).toContain("npm run tool gen:spec");
});

const asRules = (change: (rules: unknown[]) => unknown) => (text: string) =>
  `${JSON.stringify(change(JSON.parse(text)), null, 2)}\n`;

test.each([
  ["a rule removed", asRules((rules) => rules.slice(1)), "TC-01: missing"],
  ["a rule added", asRules((rules) => [...rules, { id: "ZZ-01" }]), "ZZ-01: not in semantics.md"],
  ["a rule twice", asRules((rules) => [...rules, rules[0]]), "an id occurs twice"],
  ["a rule moved", asRules(([a, b, ...rest]) => [b, a, ...rest]), "TC-01: not in document order"],
  ["something else", asRules(() => ({})), "not an array of rules"],
  ["odd members", asRules((rules) => [...rules, null]), "a rule without id: not in semantics.md"],
  ["other white space", (text: string) => `${text}\n`, "not formatted as the tool formats them"],
  ["no JSON", (text: string) => text.slice(0, -3), "not JSON"],
])("--check: %s", (_, edit, message) => {
  const { code, err } = checkAfter(edit);
  expect(code).toBe(1);
  expect(err.join("\n")).toContain(message);
});

test("--check catches an edit of semantics.md, and a missing rules.json", () => {
  expect(run("--check").err[0]).toContain("the file does not exist");
  expect(run().code).toBe(0);
  const start = "| TC-02 |";
  writeFileSync(
    join(dir, "semantics.md"),
    mutated(start, (l) => l.replace("EINVAL", "EPERM")),
  );
  expect(run("--check").err[0]).toContain(
    'TC-02.errno is ["EINVAL"], semantics.md gives ["EPERM"]',
  );
});

test("a mistake in the tables names file and line, and nothing is written", () => {
  const start = "| TC-02 |";
  writeFileSync(
    join(dir, "semantics.md"),
    mutated(start, (l) => l.replace("EINVAL", "EINVLA")),
  );
  const { code, err } = run();
  expect(code).toBe(1);
  expect(err[0]).toContain(`semantics.md:${lineOf(start)}: TC-02: unknown errno EINVLA`);
  expect(() => readFileSync(rulesPath())).toThrow("ENOENT");
});

test("usage and unreadable files have their own exit codes", () => {
  expect(run("--chek").code).toBe(2);
  expect(run("extra").code).toBe(2);
  expect(run("--help")).toMatchObject({ code: 0, err: [] });
  rmSync(join(dir, "semantics.md"));
  expect(run("--check").code).toBe(3);
});

test("as a program it checks the committed files from any folder", () => {
  const program = fileURLToPath(new URL("../spec-rules.mjs", import.meta.url));
  const done = spawnSync(process.execPath, [program, "--check"], { cwd: dir, encoding: "utf8" });
  expect(done.stderr).toBe("");
  expect(done.stdout).toMatch(/^324 rules: /);
  expect(done.status).toBe(0);
});
