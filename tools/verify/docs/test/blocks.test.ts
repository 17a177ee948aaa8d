// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { probeNative } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { describe, expect, type TestContext, test } from "vitest";
import { publicPackages } from "../../../lib/manifests.mjs";
import { root } from "../../../lib/run.mjs";
import commands from "../commands.json" with { type: "json" };
import { blocksOf, commandsOf, reasonNotToRun } from "../lib/blocks.mjs";
import { runCommand, runModule, typeErrors } from "../lib/execute.mjs";
import { allBlocks } from "../lib/pages.mjs";

interface Block {
  page: string;
  line: number;
  language: string;
  code: string;
  mark?: string;
}

const all: Block[] = allBlocks();
const live = all.filter((block) => reasonNotToRun(block) === undefined);

function inLanguages(...languages: string[]): [string, Block][] {
  return live
    .filter(({ language }) => languages.includes(language))
    .map((block) => [`${block.page}:${block.line}`, block]);
}

/** The output and errors of blocks that ran; a text block after them refers to these. */
const outcomes = new Map<string, { printed: string; thrown: string }>();

function needsKernel({ mark }: Block, context: TestContext): void {
  if (mark !== "needs the running kernel") return;
  const support = probeNative();
  if (!support.ok) context.skip(`a block of a page: ${support.why}`);
}

/** The block before a block on its page. */
function above(block: Block): Block | undefined {
  const own = all.filter(({ page }) => page === block.page);
  return own[own.indexOf(block) - 1];
}

test("every block has a known mark or language", () => {
  expect(live.length).toBeGreaterThan(20);
  const known = ["ts", "js", "sh", "text", "yaml", "mermaid"];
  expect(all.filter(({ language }) => !known.includes(language))).toEqual([]);
});

test("TypeScript blocks compile", { timeout: 600_000 }, () => {
  const blocks = inLanguages("ts").map(([, block]) => block);
  expect(blocks.length).toBeGreaterThan(5);
  expect(typeErrors(blocks)).toEqual([]);
});

describe("TypeScript and JavaScript", () => {
  test.for(inLanguages("ts", "js"))("%s", { timeout: 600_000 }, ([place, block], context) => {
    needsKernel(block, context);
    const { status, printed, thrown } = runModule(block);
    outcomes.set(place, { printed, thrown });
    const throws = block.mark === "throws";
    if (!throws) expect(thrown).toBe("");
    expect(status).toBe(throws ? 1 : 0);
  });
});

describe("text", () => {
  test.for(inLanguages("text"))("%s", { timeout: 600_000 }, ([, block], context) => {
    const { code, mark = "" } = block;
    const command = /^printed by: (.*)$/.exec(mark)?.[1];
    if (command !== undefined) {
      expect(commands.run).toContain(command);
      expect(runCommand(command).printed).toContain(code);
      return;
    }
    expect(["printed", "thrown"]).toContain(mark);
    const source = above(block);
    if (source !== undefined) needsKernel(source, context);
    const outcome = outcomes.get(`${source?.page}:${source?.line}`);
    expect(outcome?.[mark as "printed" | "thrown"]).toContain(code.trim());
  });
});

describe("scenarios", () => {
  test.for(inLanguages("yaml"))("%s", ([, { code }]) => {
    const kernel = createKernel();
    try {
      const { outcome, events } = run(kernel, parseScenario(code));
      expect(events.flatMap(({ verdict }) => verdict?.why ?? [])).toEqual([]);
      expect(outcome).toBe("passed");
    } finally {
      kernel.close();
    }
  });
});

test("no page installs a package of ours from npm, where it is not", () => {
  const ours = publicPackages().map(({ json }: { json: { name: string } }) => json.name);
  const installed = (code: string): string[] =>
    [...code.matchAll(/npm (?:install|i) (.*)/g)].flatMap(([, words = ""]) => words.split(/\s+/));
  const names = all.flatMap(({ code }) => installed(code)).filter((name) => ours.includes(name));
  expect(names).toEqual([]);
  expect(installed("npm install --save-dev bpf-token\n")).toContain("bpf-token");
});

test("the program does not print npx bpf-token, which works only in a clone", () => {
  const isWrong = (text: string): boolean => /npx bpf-token\b/.test(text);
  const source = join(root, "packages");
  const files = readdirSync(source).flatMap((name) => {
    const folder = join(source, name, "src");
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => join(folder, path));
  });
  expect(files.filter((path) => isWrong(readFileSync(path, "utf8")))).toEqual([]);
  expect(isWrong("-- npx bpf-token load x.bpf.o")).toBe(true);
  expect(isWrong("npx ./bpf-token-cli-0.0.0.tgz doctor")).toBe(false);
});

describe("commands", () => {
  const lines = inLanguages("sh").flatMap(([place, { code }]) =>
    commandsOf(code).map((command: string): [string, string] => [place, command]),
  );

  test.for(lines)("%s: %s", { timeout: 600_000 }, ([, command]) => {
    const elsewhere = commands.elsewhere.find((each) => each.command === command);
    if (elsewhere === undefined) {
      expect(commands.run).toContain(command);
      const { status, thrown } = runCommand(command);
      expect({ status, thrown }).toEqual({ status: 0, thrown: "" });
    } else {
      const text = readFileSync(root + elsewhere.in, "utf8");
      expect(text).toContain(elsewhere.as ?? command);
    }
  });

  test("are on a list only if a page contains them", () => {
    const used = new Set(lines.map(([, command]) => command));
    const texts = live.map(({ mark }) => mark?.replace("printed by: ", ""));
    const listed = [...commands.run, ...commands.elsewhere.map(({ command }) => command)];
    expect(listed.filter((command) => !used.has(command) && !texts.includes(command))).toEqual([]);
  });
});

describe("a page", () => {
  test("has blocks with marks", () => {
    const text = "A\n\n<!-- throws -->\n```ts\nf();\n```\n\n<!-- size -->\n```sh\nls # all\n```\n";
    expect(blocksOf("a.md", text)).toEqual([
      { page: "a.md", line: 4, language: "ts", code: "f();\n", mark: "throws" },
      { page: "a.md", line: 9, language: "sh", code: "ls # all\n", mark: undefined },
    ]);
  });

  test("with a block without a language is an error", () => {
    expect(() => blocksOf("a.md", "```\nx\n```\n")).toThrow("a.md:1: a block needs a language");
  });

  test("must give the reason why a block does not run", () => {
    const [block] = blocksOf("a.md", "<!-- not run: a picture -->\n```text\nx\n```\n");
    expect(reasonNotToRun(block)).toBe("a picture");
    const [silent] = blocksOf("a.md", "<!-- not run: -->\n```text\nx\n```\n");
    expect(reasonNotToRun(silent)).toBeUndefined();
  });

  test("has commands, without their comments", () => {
    expect(commandsOf("a b   # why\n\n# alone\nc \\\n  --d\n")).toEqual(["a b", "c --d"]);
  });
});
