// SPDX-License-Identifier: MIT
// docs/exec.md shows a test of a loader, and a workflow that runs it. Both run here with a small loader.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeNative } from "@bpf-token/kernel-native";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { parse } from "yaml";
import { onPath, root } from "../../../lib/run.mjs";
import { blocksOf, commandsOf } from "../lib/blocks.mjs";
import { typeErrors } from "../lib/execute.mjs";

const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
/** Below the repository, where its packages are found. */
const folder = `${root}out-tsc/exec-page/`;
const blocks = blocksOf("exec.md", readFileSync(`${root}docs/exec.md`, "utf8"));

/** The first block of a language that contains a text. */
function find(language: string, text: string) {
  const found = blocks.find((one) => one.language === language && one.code.includes(text));
  if (found === undefined) throw new Error(`docs/exec.md has no ${language} block with '${text}'`);
  return found;
}

const block = (language: string, text: string): string => find(language, text).code;
const source = block("ts", "test.each");

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Else Vitest takes the one of the repository.
  writeFileSync(join(folder, "vitest.config.mjs"), "export default {};\n");
  if (whyNot() !== undefined) return;
  const agent = fileURLToPath(new URL("fixtures/our-agent.c", import.meta.url));
  const flags = ["-Wall", "-Werror", "-o", join(folder, "our-agent")];
  const made = spawnSync("cc", [...flags, agent], { encoding: "utf8" });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  const build = `${root}tools/build/native/build.mjs`;
  spawnSync(process.execPath, [build, "--quiet", "interceptor", "addon", process.arch]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Why the test of the page cannot run here. */
function whyNot(): string | undefined {
  if (!onPath("cc")) return "cc is not installed";
  const native = probeNative();
  return native.ok ? undefined : `native half: ${native.why}`;
}

/** Skips a test for a reason, which fails where the test is required. */
function need(context: TestContext): void {
  const why = whyNot();
  if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
  context.skip(why !== undefined, `the loader of docs/exec.md: ${why}`);
}

/** Runs a command line of the page in the folder of the loader. */
function run(line: string) {
  const programs = {
    vitest: "node_modules/vitest/vitest.mjs",
    "bpf-token": "packages/bpf-token/bin/bpf-token.js",
  };
  const command = line.replace(/^npx (vitest|bpf-token)\b/, (_, name: keyof typeof programs) => {
    return `"${process.execPath}" "${root}${programs[name]}"`;
  });
  expect(command).not.toBe(line);
  // Of Vitest's own variables, none may reach the inner one.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", CI: "1" };
  const done = spawnSync("sh", ["-c", command], { cwd: folder, env, encoding: "utf8" });
  return { status: done.status, text: done.stdout + done.stderr };
}

/** The commands of the workflow of the page. */
function workflow(): readonly string[] {
  const { jobs } = parse(block("yaml", "make our-agent"));
  return jobs.agent.steps.flatMap((step: { run?: string }) => step.run ?? []);
}

test("the test of the page compiles", () => {
  expect(typeErrors([find("ts", "test.each")])).toEqual([]);
});

test("the workflow runs the test of the page on three releases", (context) => {
  need(context);
  writeFileSync(join(folder, "kernels.test.ts"), source);
  const [first, second, ...more] = workflow();
  expect([first, more]).toEqual(["npm ci && make our-agent", []]);
  const { status, text } = run(second ?? "");
  expect(text).toMatch(/Tests +3 passed \(3\)/);
  expect(text.match(/our-agent: started/g)).toHaveLength(3);
  expect(status).toBe(0);
});

test("a policy that lacks a bit fails the test of the page, and --explain names the bit", (context) => {
  need(context);
  const without = source.replace(', "delegate_attachs=any"', "");
  expect(without).not.toBe(source);
  writeFileSync(join(folder, "kernels.test.ts"), without);
  const { status, text } = run(workflow()[1] ?? "");
  expect(text).toMatch(/Tests +3 failed \(3\)/);
  expect(text).toContain("load: Operation not permitted\n");
  expect(text).toContain("expected 1 to be +0");
  expect(status).toBe(1);
  const [command = ""] = commandsOf(block("sh", "./our-agent"));
  const explained = run(command);
  expect(explained.status).toBe(1);
  const shown = block("text", "load: Operation not permitted").split("\n").filter(Boolean);
  expect(shown.length).toBeGreaterThan(5);
  for (const line of shown) expect(explained.text).toContain(`${line}\n`);
});

test("a program that is not there fails the test of the page with 127", (context) => {
  need(context);
  writeFileSync(join(folder, "kernels.test.ts"), source.replace("./our-agent", "no-agent"));
  const { status, text } = run(workflow()[1] ?? "");
  expect(text).toContain("cannot run 'no-agent': there is no such program\n");
  expect(text).toContain("expected 127 to be +0");
  expect(status).toBe(1);
});
