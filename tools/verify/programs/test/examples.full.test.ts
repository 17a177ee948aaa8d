// SPDX-License-Identifier: MIT
// Runs the commands of docs/testing-in-ci.md in the example projects.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { findClang } from "../../../../packages/bpf-token/test/cli/compiled.ts";
import { bpfKernelReleases } from "../../../../packages/kernel-bpf/src/node/index.ts";
import { buildExecutor } from "../../../lib/build-executor.mjs";
import { onPath, root } from "../../../lib/run.mjs";
import { blocksOf } from "../../docs/lib/blocks.mjs";
import { fetchGoLibrary } from "../lib/debian.mjs";
import { goEnvironment, hasGo } from "../lib/go.mjs";

const PAGE = "docs/testing-in-ci.md";
const MINUTES_10 = 600_000;
const blocks = blocksOf(PAGE, readFileSync(join(root, PAGE), "utf8"));

/** The code of the one block with a text. */
function block(text: string): string {
  const found = blocks.filter(({ code }) => code.includes(text));
  expect(found, text).toHaveLength(1);
  return found[0]?.code ?? "";
}

let folder = "";
let path = "";
beforeAll(() => {
  buildExecutor();
  folder = mkdtempSync(join(tmpdir(), "bpf-token-examples-"));
  const examples = join(root, "packages/bpf-token/examples");
  cpSync(examples, folder, { recursive: true, filter: (name) => !name.endsWith(".o") });
  mkdirSync(join(folder, "bin"));
  symlinkSync(join(root, "packages/bpf-token/bin/bpf-token.js"), join(folder, "bin/bpf-token"));
  const clang = findClang();
  const script = `#!/bin/sh\nexec ${clang} "$@"\n`;
  writeFileSync(join(folder, "bin/clang"), script, { mode: 0o755 });
  path = `${join(folder, "bin")}:${process.env.PATH}`;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs lines in an example; they stop at the first failure. */
function run(example: string, lines: string, env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync("sh", ["-ec", lines], {
    cwd: join(folder, example),
    env: { ...env, PATH: path },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

describe("the example in C", () => {
  const need = (context: TestContext): void => {
    const missing = ["make", "gcc"].filter((name) => !onPath(name));
    context.skip(missing.length > 0, `the example in C: ${missing.join(" and ")} not installed`);
    context.skip(findClang() === undefined, "the example in C: clang is not installed");
    const headers = spawnSync("gcc", ["-E", "-include", "bpf/libbpf.h", "-xc", "/dev/null"]);
    context.skip(headers.status !== 0, "the example in C: libbpf-dev is not installed");
  };

  test(
    "passes its tests on each release of the page",
    (context) => {
      need(context);
      const { status, stdout, stderr } = run("c-libbpf", block("make test-kernels\n"));
      expect([status, count(stdout, /^ok$/gm)], stderr).toEqual([0, 6]);
      expect(stderr).not.toMatch(/^\d+\. refused/m);
    },
    MINUTES_10,
  );

  test(
    "fails without a bit of the delegation, with the reason that the page shows",
    (context) => {
      need(context);
      const without = "DELEGATE=cmds=any,maps=array,progs=any,attachs=any";
      const { status, stderr } = run("c-libbpf", `make test-kernels OPTIONS=--explain ${without}`);
      expect(status).toBe(2);
      expect(stderr).toContain("load: required 0, actual -1\n");
      for (const line of block("refused [").replaceAll("4711", "").trim().split("\n"))
        expect(stderr).toContain(line);
    },
    MINUTES_10,
  );

  test("needs what the page computes", (context) => {
    need(context);
    const made = run("c-libbpf", `make counter.bpf.o; ${block("policy counter.bpf.o")}`);
    expect([made.status, made.stdout], made.stderr).toEqual([0, expect.stringContaining("maps=")]);
    const used = run("c-libbpf", "make --dry-run test-kernels");
    for (const axis of ["cmds", "maps"]) {
      const bits = (text: string) =>
        new RegExp(`${axis}=([\\w:]+)`).exec(text)?.[1]?.split(":").sort();
      expect(bits(used.stdout)).toEqual(bits(made.stdout));
    }
  });
});

describe("the example in Go", () => {
  const need = async (context: TestContext): Promise<NodeJS.ProcessEnv> => {
    context.skip(!hasGo(), "the example in Go: go is not installed. Fix: apt install golang-go");
    context.skip(findClang() === undefined, "the example in Go: clang is not installed");
    const library = await fetchGoLibrary();
    context.skip(library === undefined, "the example in Go: cilium/ebpf cannot be downloaded");
    return goEnvironment(library);
  };

  test(
    "passes its tests on each release of the page",
    async (context) => {
      const env = await need(context);
      const each = run("go-cilium-ebpf", block("go generate\n"), env);
      expect([each.status, count(each.stdout, /^ok /gm)], each.stderr).toEqual([0, 4]);
      const whole = run("go-cilium-ebpf", block("-- go test"), env);
      expect([whole.status, count(whole.stdout, /^ok /gm)], whole.stderr).toEqual([0, 1]);
      expect(each.stdout + whole.stdout).not.toContain("(cached)");
    },
    MINUTES_10,
  );

  test(
    "fails without a bit of the delegation",
    async (context) => {
      const env = await need(context);
      const lines = block("go generate\n").replace("array:hash", "array").replace("6.9 6.12 ", "");
      const { status, stdout } = run("go-cilium-ebpf", lines, env);
      expect([status, count(stdout, /^--- FAIL: /gm)]).toEqual([1, 2]);
      expect(stdout).toContain("token insufficiently privileged");
    },
    MINUTES_10,
  );
});

describe("the tests of the object in Go", () => {
  const page = "docs/testing-programs.md";
  const shown = blocksOf(page, readFileSync(join(root, page), "utf8"));
  const lines = shown.find(({ code }) => code.includes("-tags program"))?.code ?? "";
  const passed = /^ {4}--- PASS: TestProgram\/bpf:6\.12\/\w+/gm;

  /** Runs them with go test -v, after a change of the tests. */
  async function runInGo(context: TestContext, change = (text: string) => text) {
    context.skip(!hasGo(), "the tests in Go: go is not installed. Fix: apt install golang-go");
    context.skip(findClang() === undefined, "the tests in Go: clang is not installed");
    context.skip(!bpfKernelReleases().includes("6.12"), "the tests in Go: no Linux 6.12 was built");
    const library = await fetchGoLibrary();
    context.skip(library === undefined, "the tests in Go: cilium/ebpf cannot be downloaded");
    const file = join(folder, "counter.test.yaml");
    const tests = readFileSync(file, "utf8");
    writeFileSync(file, change(tests));
    try {
      const verbose = lines.replace("go test", "go test -v");
      return run("go-cilium-ebpf", verbose, goEnvironment(library));
    } finally {
      writeFileSync(file, tests);
    }
  }

  test(
    "pass as subtests",
    async (context) => {
      const { status, stdout, stderr } = await runInGo(context);
      expect([status, count(stdout, passed)], stderr + stdout).toEqual([0, 2]);
    },
    MINUTES_10,
  );

  test(
    "fail with the place of what was expected",
    async (context) => {
      const wrong = (text: string): string => text.replace("{ 0x0806: 42 }", "{ 0x0806: 43 }");
      const { status, stdout, stderr } = await runInGo(context, wrong);
      expect([status, count(stdout, passed)], stderr + stdout).toEqual([1, 1]);
      expect(stdout).toContain("--- FAIL: TestProgram/bpf:6.12/adds_to_what_is_there");
      expect(stdout).toContain("counter.test.yaml:22:44: protocols[0x0806] is 42, expected 43\n");
    },
    MINUTES_10,
  );

  test(
    "fail for tests that cannot be read",
    async (context) => {
      const wrong = (text: string): string => text.replace("program: count", "programm: count");
      const { status, stdout } = await runInGo(context, wrong);
      expect(status).toBe(1);
      expect(stdout).toContain("did you mean 'program'?");
    },
    MINUTES_10,
  );
});

describe("the tests of the object", () => {
  const page = "docs/testing-programs.md";
  const shown = blocksOf(page, readFileSync(join(root, page), "utf8"));
  const codeWith = (text: string): string =>
    shown.find(({ code }) => code.includes(text))?.code ?? "";

  test("are those of the page", () => {
    const file = readFileSync(join(folder, "counter.test.yaml"), "utf8");
    expect(file.replaceAll(/^#.*\n/gm, "").trim()).toBe(codeWith("object: counter.bpf.o").trim());
  });

  test("print what the page shows", (context) => {
    const built = bpfKernelReleases().includes("6.12");
    context.skip(!built, "the tests of the object: no module of Linux 6.12 was built");
    context.skip(findClang() === undefined, "the tests of the object: clang is not installed");
    const headers = existsSync("/usr/include/bpf/bpf_helpers.h");
    context.skip(!headers, "the tests of the object: libbpf-dev is not installed");
    const { status, stdout, stderr } = run(".", codeWith("bpf-token test counter"));
    expect([status, stderr]).toEqual([0, ""]);
    // The numbers are those of one version of clang.
    const counted = (text: string): string => text.trim().replaceAll(/\d+ (?=inst|ways)/g, "N ");
    expect(counted(stdout)).toBe(counted(codeWith("counter.test.yaml on")));
    expect(readFileSync(join(folder, "counter.lcov"), "utf8")).toContain("LH:14");
  });
});
