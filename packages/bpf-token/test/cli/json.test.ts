// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { findHook } from "@bpf-token/kernel-native";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { commandNames } from "../../src/cli/program.ts";
import { compiled } from "./compiled.ts";
import { support } from "./native.ts";
import { cli, type Result } from "./run-cli.ts";

const tokenC = fileURLToPath(new URL("../../../upstream/test/no-tokens.c", import.meta.url));

/** A process that has no BPF filesystem, as `doctor --bundle` describes it. */
const report = {
  schema: "bpf-token/facts@1",
  pid: 1,
  program: "agent",
  release: "6.18.0",
  uid: 0,
  capabilities: { effective: "0", permitted: "0", inheritable: "0", bounding: "0", ambient: "0" },
  userns: { inode: 1, initial: false },
  bpffs: [],
  seccomp: 0,
  noNewPrivileges: false,
  unknown: [],
};

let folder = "";
const inside = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-json-"));
  writeFileSync(inside("report.json"), JSON.stringify(report));
  writeFileSync(inside("recording.jsonl"), '{"schema":"bpf-token/trace@1","arch":"x64"}\n');
  writeFileSync(inside("mount.txt"), "delegate_cmds=map_create,delegate_maps=hash");
  writeFileSync(inside("good.yaml"), "name: good\nsteps:\n  - getpid:\n");
  const [first = ""] = readFileSync(tokenC, "utf8").split("\n", 1);
  const hunk = `@@ -1 +1,2 @@\n ${first}\n+/* a comment */\n`;
  const names = "--- a/kernel/bpf/token.c\n+++ b/kernel/bpf/token.c\n";
  writeFileSync(inside("comment.patch"), `${names}${hunk}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (words: readonly string[]): Promise<Result> =>
  cli(
    words,
    {},
    {
      BPF_TOKEN_UPSTREAM: inside("store"),
      BPF_TOKEN_BPF_KERNELS: bpfKernelFolder(),
    },
  );

/** The stream for JSON. Standard output of `exec` belongs to its command. */
const streamOf = (command: string): "out" | "err" => (command === "exec" ? "err" : "out");

const hook = findHook();

type Words = readonly string[] | ((context: TestContext) => readonly string[]);

const object = (context: TestContext): string => compiled(context, "traffic");
const exec = (context: TestContext): readonly string[] => {
  if (!support.ok) return context.skip(`exec --json: ${support.why}`);
  return ["--delegate", "cmds=any", "--explain", "--json", "--", "true"];
};

/** Ends the command that listens for SIGTERM next, as the signal does. */
function endBySignal(): void {
  const before = process.listeners("SIGTERM");
  const timer = setInterval(() => {
    const listener = process.listeners("SIGTERM").find((one) => !before.includes(one));
    if (listener === undefined) return;
    clearInterval(timer);
    listener("SIGTERM");
  }, 10);
}

/** For each command, the arguments that print a JSON document, by the kind of the document. */
const successes: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  audit: { audit: [] },
  bisect: {
    bisect: () => {
      const tree = inside("tree");
      const git = (...args: readonly string[]): void => {
        const who = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        execFileSync("git", ["-C", tree, ...who, ...args]);
      };
      mkdirSync(join(tree, "kernel/bpf"), { recursive: true });
      git("init", "-q");
      const text = readFileSync(tokenC, "utf8");
      for (const [tag, errno] of [
        ["good", "ENOLINK"],
        ["bad", "EXDEV"],
      ] as const) {
        writeFileSync(join(tree, "kernel/bpf/token.c"), text.replaceAll("ENOLINK", errno));
        git("add", "-A");
        git("commit", "-qm", tag);
        git("tag", tag);
      }
      const call = "bpf: TOKEN_CREATE\n    attr: { bpffs_fd: 9 }";
      writeFileSync(inside("create.yaml"), `name: a token\nsteps:\n  - ${call}\n`);
      return [tree, "good", "bad", inside("create.yaml"), "--as", "6.12"];
    },
  },
  completion: { completion: ["bash"] },
  coverage: { coverage: [tokenC, "--as", "6.12", "--sequences", "0"] },
  demo: { demo: [] },
  doctor: { doctor: ["--from", "report.json"] },
  diff: { diff: ["good.yaml", "--subjects", "model@6.12,model@6.18"] },
  exec: { exec },
  explain: {
    explain: ["EPERM", "--cmd", "map_create", "--type", "hash"],
  },
  fuzz: {
    fuzz: ["--subjects", "model@6.12,model@7.3", "--sequences", "100", "--corpus", "corpus"],
    "fuzz-merge": ["merge", "corpus"],
  },
  gen: { gen: (context) => [object(context), "-o", "out.ts"] },
  hook: {
    hook: (context) => {
      if ("why" in hook) return context.skip(`hook --json: ${hook.why}`);
      return ["install", "--allow", "mount.txt"];
    },
    "hook-check": (context) => {
      if ("why" in hook) return context.skip(`hook --json: ${hook.why}`);
      return ["check"];
    },
  },
  lint: { lint: ["mount.txt"] },
  inspect: { inspect: (context) => [object(context)] },
  load: { "load-plan": (context) => [object(context), "--dry-run"] },
  // Its output is the protocol's, so it refuses --json.
  mcp: {},
  nri: {
    nri: (context) => {
      if (process.geteuid?.() !== 0) return context.skip("nri --json: it needs root");
      endBySignal();
      return ["--socket", inside("none.sock")];
    },
  },
  policy: {
    policy: (context) => [object(context)],
    "policy-check": (context) => [object(context), "--check", "mount.txt"],
  },
  review: {
    review: ["comment.patch", "--base", tokenC, "--as", "6.12", "--time", "1s", "--suite", "."],
  },
  run: { run: ["good.yaml"] },
  support: {
    support: [],
    "support-subject": ["--subject", "model@6.12"],
    "support-model": ["--model"],
    "support-changes": ["--changes", "6.12:6.18"],
    "support-matrix": ["--matrix", "--type", "xdp"],
    "support-compat": ["--compat", "--type", "xdp"],
    "support-delegation": ["--changes", "6.18:7.3", "--delegation", "mount.txt"],
  },
  trace: { trace: ["--from", "recording.jsonl"] },
  translate: { translate: ["mount.txt", "--to", "systemd"] },
  upstream: {
    "upstream-build": ["build", tokenC, "--as", "6.12", "--name", "mine"],
    "upstream-list": ["list"],
    "upstream-show": ["show", "mine"],
    "upstream-remove": ["remove", "mine"],
  },
  test: {
    test: (context) => {
      if (!bpfKernelReleases().includes("6.12"))
        return context.skip("test --json: no module of Linux 6.12 was built");
      const test = `{ name: a, program: add, context: "${"00".repeat(16)}", returns: 7 }`;
      writeFileSync(
        inside("test.yaml"),
        `object: ${compiled(context, "runs")}\ntests:\n  - ${test}\n`,
      );
      return [inside("test.yaml")];
    },
  },
  "test-run": {
    "test-run": (context) => {
      if (!bpfKernelReleases().includes("6.12"))
        return context.skip("test-run --json: no module of Linux 6.12 was built");
      return [compiled(context, "runs"), "--program", "add", "--context", "00".repeat(16)];
    },
  },
  verify: {
    verify: (context) => {
      if (bpfKernelReleases().includes("6.12")) return [object(context)];
      return context.skip("verify --json: no module of Linux 6.12 was built");
    },
  },
};

const files =
  /^(report\.json|recording\.jsonl|good\.yaml|mount\.txt|comment\.patch|corpus|out\.ts)$/;

/** The versions of the documents that have changed. */
const versions: Readonly<Record<string, number>> = { inspect: 2 };

describe("every command with --json", { timeout: 600_000 }, () => {
  test("has a test below", () => {
    expect(Object.keys(successes).sort()).toEqual([...commandNames].sort());
  });

  for (const [command, kinds] of Object.entries(successes)) {
    for (const [kind, words] of Object.entries(kinds)) {
      test(`${command} prints one document: bpf-token/${kind}@1`, async (context) => {
        const given = typeof words === "function" ? words(context) : words;
        const own = given.map((word) => (files.test(word) ? inside(word) : word));
        const json = own.includes("--json") ? [] : ["--json"];
        const result = await run([command, ...own, ...json]);
        const document = JSON.parse(result[streamOf(command)]) as object;
        expect(document).toMatchObject({ schema: `bpf-token/${kind}@${versions[kind] ?? 1}` });
        expect(Object.keys(document)[0]).toBe("schema");
      });
    }
  }
});

describe("every command with --json prints errors as JSON", () => {
  const shape = (result: Result, command: string, error: object): void => {
    const other = streamOf(command) === "out" ? "err" : "out";
    expect(JSON.parse(result[streamOf(command)])).toEqual({
      schema: "bpf-token/error@1",
      error: { command, exit: result.code, message: expect.any(String) as string, ...error },
    });
    expect(result[other]).toBe("");
  };

  test.each(commandNames)("%s: an unknown option", async (command) => {
    const result = await run([command, "--no-such-option", "--json"]);
    expect(result.code).toBe(2);
    shape(result, command, {
      kind: "usage",
      message: `${command}: unknown option '--no-such-option'`,
      help: `bpf-token ${command} --help`,
    });
  });

  test.each([
    ["run", "nowhere.yaml"],
    ["diff", "nowhere.yaml", "--subjects", "model@6.12,model"],
    ["inspect", "nowhere.o"],
    ["gen", "nowhere.o", "-o", "x.ts"],
    ["load", "nowhere.o", "--dry-run"],
    ["coverage", "nowhere.c"],
    ["upstream", "build", "nowhere.c"],
  ])("%s: a missing file", async (command, ...words) => {
    const result = await run([command, ...words, "--json"]);
    expect(result.code).toBe(2);
    shape(result, command, {
      kind: "usage",
      message: expect.stringMatching(/nowhere.*does not exist/) as string,
    });
  });

  test.each(["inspect", "gen", "load"])("%s: a malformed object is a finding", async (command) => {
    const more = command === "gen" ? ["-o", inside("never.ts")] : [];
    const result = await run([command, inside("good.yaml"), ...more, "--json"]);
    expect(result.code).toBe(1);
    shape(result, command, { kind: "finding" });
  });

  test("upstream: source that does not compile is a finding", { timeout: 600_000 }, async () => {
    writeFileSync(inside("wrong.c"), "int bpf_token_create(void) { return nothing; }\n");
    const words = ["build", inside("wrong.c"), "--as", "6.12", "--json"];
    const result = await run(["upstream", ...words]);
    expect(result.code).toBe(1);
    const more = ["1:37: error: use of undeclared identifier 'nothing'", "has no nothing: "];
    shape(result, "upstream", {
      kind: "finding",
      more: more.map((text) => expect.stringContaining(text) as string),
    });
  });

  test("run: prints all problems of a scenario", async () => {
    writeFileSync(inside("bad.yaml"), "name: bad\nsteps:\n  - fsopne: bpf\n  - close: $nobody\n");
    const result = await run(["run", inside("bad.yaml"), "--json"]);
    shape(result, "run", {
      kind: "usage",
      message: expect.stringContaining("bad.yaml:3:") as string,
      more: [expect.stringContaining("bad.yaml:4:") as string],
    });
  });

  test("a kernel that is not available", async () => {
    const result = await run(["run", inside("good.yaml"), "--subject", "upstream:none", "--json"]);
    expect(result.code).toBe(3);
    shape(result, "run", { kind: "unavailable" });
  });

  test("fuzz: a directory that cannot be created", async () => {
    const corpus = ["--corpus", inside("good.yaml/corpus")];
    const result = await run(["fuzz", "--subjects", "model,model@6.12", ...corpus, "--json"]);
    expect(result.code).toBe(3);
    shape(result, "fuzz", { kind: "unavailable" });
  });

  test("an unknown command", async () => {
    const { code, out, err } = await run(["dmeo", "--json"]);
    expect([code, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({ error: { command: null, help: "bpf-token --help" } });
  });

  test("--json after -- belongs to the command", async () => {
    const { out, err } = await run(["exec", "--caps", "nothing", "--", "ls", "--json"]);
    expect(out).toBe("");
    expect(err).toMatch(/^bpf-token: exec: /);
  });

  test("demo: prints only the trace if the kernel cannot answer", async () => {
    const { code, out } = await run(["demo", "--release", "v10-03", "--json"]);
    const { outcome } = JSON.parse(out) as { outcome: string };
    expect([code, outcome]).toEqual([3, "skipped"]);
  });
});
