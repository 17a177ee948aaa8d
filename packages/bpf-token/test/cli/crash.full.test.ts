// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

/** Replacements for upstream token.c, with mistakes that a user could make. */
const text = (name: string): string =>
  readFileSync(new URL(`../../../upstream/test/${name}`, import.meta.url), "utf8");
const noTokens = text("no-tokens.c");
const texts: Readonly<Record<string, string>> = {
  fine: noTokens,
  loops: noTokens.replace("return -ENOLINK;", "for (;;) ;"),
  loops2: noTokens.replace("return -ENOLINK;", "for (;;) ;"),
  traps: noTokens.replace("return -ENOLINK;", "__builtin_trap();"),
  unbootable: text("no-pins.c").replace("return 0;", "for (;;) ;"),
};
const others = fileURLToPath(
  new URL("../../../conformance/scenarios/userns-owner.yaml", import.meta.url),
);
const story = `name: somebody asks for a token
steps:
  - bpf: { cmd: TOKEN_CREATE, attr: { bpffs_fd: 0 } }
  - getpid: {}
`;

let folder = "";
const inside = (name: string): string => join(folder, name);
const run = (...words: string[]): Promise<Result> =>
  cli(words, {}, { BPF_TOKEN_UPSTREAM: inside("store") });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-crash-"));
  writeFileSync(inside("scenario.yaml"), story);
  for (const [name, content] of Object.entries(texts)) {
    writeFileSync(inside(`${name}.c`), content);
    const words = ["upstream", "build", inside(`${name}.c`), "--as", "6.12", "--name", name];
    expect(await run(...words)).toMatchObject({ code: 0 });
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const loops = "a loop does not end in bpf_token_create()";
const traps = "unreachable in bpf_token_create()";

describe("source that loops, traps or does not boot", { timeout: 600_000 }, () => {
  test.each([
    ["loops", loops],
    ["traps", traps],
    ["unbootable", "a loop does not end in bpf"],
  ])("run: %s; the next scenarios run", async (name, said) => {
    const { code, out } = await run(
      "run",
      "--subject",
      `upstream:${name}`,
      inside("scenario.yaml"),
    );
    expect({ code, out }).toEqual({ code: 3, out: expect.stringContaining(said) as string });
    expect(out).toContain("0 passed, 0 failed, 1 unknown");
    const both = await run("run", "--subject", `upstream:loops`, inside("scenario.yaml"), others);
    expect(both.out).toContain("1 passed, 0 failed, 1 unknown");
  });

  test("diff: continues with the other subjects and reports only the first difference", async () => {
    const texts = ["fine", "loops", "traps", "unbootable"];
    const names = texts.map((name) => `upstream:${name}`);
    const words = ["--subjects", `model@6.12,${names.join(",")}`];
    const { code, out } = await run("diff", inside("scenario.yaml"), others, ...words);
    expect(code).toBe(1);
    expect(out).toContain(`unknown  upstream:loops@6.12: step 1: `);
    expect(out).toContain(loops);
    expect(out).toContain(traps);
    expect(out).toContain("upstream:unbootable did not begin it: the kernel does not boot: ");
    expect(out).toMatch(/upstream:fine@6\.12 +ENOLINK/);
    expect(out).not.toContain("nothing");
    const json = await run("diff", inside("scenario.yaml"), ...words, "--json");
    const report = JSON.parse(json.out) as { scenarios: { differences: { other: string }[] }[] };
    expect(report.scenarios[0]?.differences.map(({ other }) => other)).toEqual([
      "upstream:fine@6.12",
      "upstream:loops@6.12",
      "upstream:traps@6.12",
      "upstream:unbootable@6.12",
    ]);
  });

  test("fuzz: reports a crash once for each place, with a scenario", async () => {
    const words = ["--subjects", "upstream:fine,upstream:loops,upstream:traps,upstream:unbootable"];
    const corpus = ["--corpus", inside("out"), "--sequences", "3000"];
    const { code, out, err } = await run("fuzz", ...words, ...corpus);
    expect(code).toBe(1);
    expect(err).toContain(
      "fuzz: upstream:unbootable@6.12: the module does not boot as 6.12: a loop",
    );
    expect(err).toContain("stopped: 16 blocks in a row ended in a crash");
    expect(out).toMatch(/DIFFERS {2}upstream:loops@6\.12: step \d.*: a loop does not end/);
    const [name = ""] = /finding-\w+/.exec(out) ?? [];
    const again = await run("diff", inside(`out/${name}/scenario.yaml`), ...words);
    expect(again.out).toContain(loops);
  });

  test("fuzz: two subjects that crash alike, and too few that boot", async () => {
    const words = ["--subjects", "upstream:loops,upstream:loops2", "--sequences", "3000"];
    const alike = await run("fuzz", ...words, "--corpus", inside("alike"), "--json");
    expect(alike.code).toBe(1);
    expect((JSON.parse(alike.out) as { findings: string[] }).findings.length).toBeGreaterThan(0);
    const few = await run("fuzz", "--subjects", "upstream:fine,upstream:unbootable");
    expect(few).toMatchObject({ code: 3 });
    expect(few.err).toContain("fewer than two kernels boot");
  });

  test("coverage: reports what ran before a crash", async () => {
    const words = ["--as", "6.12", "--sequences", "3000"];
    const { code, out, err } = await run(
      "coverage",
      inside("loops.c"),
      inside("scenario.yaml"),
      ...words,
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^kernel\/bpf\/token\.c: \d+ of \d+ lines/);
    expect(err).toContain("'somebody asks for a token' ended early: step 1: kernel lost: ");
    expect(err).toContain(`a sequence ended early: ${loops}`);
    const never = await run("coverage", inside("unbootable.c"), ...words);
    expect(never).toMatchObject({ code: 3 });
    expect(never.err).toMatch(/^bpf-token: coverage: the module does not boot as 6\.12: .*\n$/);
  });
});
