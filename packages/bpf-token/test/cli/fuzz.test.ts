// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseScenario } from "@bpf-token/scenario";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

/** Replacements for upstream token.c. */
const noTokens = readFileSync(
  new URL("../../../upstream/test/no-tokens.c", import.meta.url),
  "utf8",
);
/** The same, but one command is refused with another errno. */
const other = noTokens.replace("ERR_PTR(-ENOLINK)", "ERR_PTR(-EXDEV)");

let folder = "";
const inside = (name: string): string => join(folder, name);
const run = (words: readonly string[], env = {}): Promise<Result> =>
  cli([...words], {}, { BPF_TOKEN_UPSTREAM: inside("store"), ...env });
const fuzz = (...words: string[]): Promise<Result> => run(["fuzz", ...words]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-fuzz-"));
  for (const [name, text] of Object.entries({ a: noTokens, b: `${noTokens}\n`, c: other })) {
    writeFileSync(inside(`${name}.c`), text);
    const built = await run([
      "upstream",
      "build",
      inside(`${name}.c`),
      "--as",
      "6.12",
      "--name",
      name,
    ]);
    expect(built.code, built.err).toBe(0);
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("kernels that behave the same", { timeout: 600_000 }, () => {
  test("have no difference in any sequence, and the coverage is printed", async () => {
    const { code, out, err } = await fuzz(
      "--subjects",
      "upstream:a,upstream:b",
      "--sequences",
      "5_000",
    );
    // Standard error may hold progress lines on a slow machine, and nothing else.
    const problems = err.replace(/^[\d ]+ sequences, .*\n/gm, "");
    expect({ code, problems }).toEqual({ code: 0, problems: "" });
    expect(out).toMatch(/^upstream:a@6\.12 : upstream:b@6\.12\n {2}compared: token\.c; shared: /);
    expect(out).toMatch(/\n5 \d{3} sequences, \d+ \d{3} steps/);
    expect(out).toMatch(/\d+ of \d+ branches of token\.c, \d+ of \d+ lines/);
    expect(out).toMatch(/no unexpected difference\n$/);
  });

  test("the same seed generates the same sequences, and a later run continues", async () => {
    const report = async (corpus: string, n: string) =>
      JSON.parse(
        (
          await fuzz(
            "--subjects",
            "upstream:a,upstream:b",
            "--sequences",
            n,
            "--corpus",
            inside(corpus),
            "--json",
          )
        ).out,
      ) as { tally: { sequences: number; steps: number }; block: number };
    const once = await report("one", "1024");
    expect(await report("two", "1024")).toEqual(once);
    const on = await report("one", "1024");
    expect(on.tally.sequences).toBe(2048);
    expect(on.block).toBe(2 * once.block);
    expect(readdirSync(inside("one/inputs")).length).toBeGreaterThan(0);
  });

  test("models of two releases differ as expected", async () => {
    const { code, out } = await fuzz("--subjects", "model@6.12,model@v10-03", "--sequences", "256");
    expect(code).toBe(0);
    expect(out).toMatch(/differed as expected between the releases\nno unexpected difference/);
  });
});

describe("kernels that behave differently", { timeout: 600_000 }, () => {
  test("are found, with a minimal scenario", async () => {
    const corpus = inside("found");
    const words = ["--subjects", "upstream:a,upstream:c", "--sequences", "3000", "--findings", "5"];
    const { code, out } = await fuzz(...words, "--corpus", corpus);
    expect(code).toBe(1);
    expect(out).toMatch(/DIFFERS {2}upstream:c@6\.12: .*(ENOLINK|EXDEV)/);
    expect(out).toContain("functions of token.c answer differently when they are called directly");
    const [name] = /finding-\w+\.yaml(?=\n[^ ])/.exec(out) ?? [];
    const text = readFileSync(join(corpus, name ?? ""), "utf8");
    const scenario = parseScenario(text, { file: name ?? "" });
    expect(scenario.steps.length).toBeLessThan(6);
    const again = await run([
      "diff",
      join(corpus, name ?? ""),
      "--subjects",
      "upstream:a,upstream:c",
    ]);
    expect(again.code).toBe(1);
    const same = await run([
      "diff",
      join(corpus, name ?? ""),
      "--subjects",
      "upstream:a,upstream:b",
    ]);
    expect(same.code).toBe(0);
  });
});

describe("shards", { timeout: 600_000 }, () => {
  test("are disjoint, and merge adds them up", async () => {
    const words = ["--subjects", "upstream:a,upstream:b", "--sequences", "256"];
    const corpus = inside("shards");
    const first = await fuzz(...words, "--corpus", corpus, "--shard", "1/2");
    expect(first.code).toBe(0);
    const half = await fuzz("merge", corpus);
    expect(half).toMatchObject({
      code: 3,
      out: expect.stringContaining("shard 2 of 2 is missing") as string,
    });
    const second = await run(["fuzz", ...words, "--corpus", corpus, "--shard", "/2"], {
      JOB_COMPLETION_INDEX: "1",
    });
    expect(second.code).toBe(0);
    const merged = await fuzz("merge", corpus, "--json");
    expect(merged.code).toBe(0);
    expect(JSON.parse(merged.out)).toMatchObject({
      shards: 2,
      tally: { sequences: 512 },
      missing: [],
    });
  });
});

describe("an invalid command line", () => {
  test.each([
    [["--subjects", "model"], 2, /at least two kernels/],
    [["x.yaml", "--subjects", "model,model"], 2, /unexpected argument 'x\.yaml'/],
    [["--subjects", "model,model", "--time", "soon"], 2, /--time needs seconds/],
    [["--subjects", "model,model", "--sequences", "few"], 2, /whole number/],
    [["--subjects", "model,model", "--shard", "9/8"], 2, /with i from 1 to n/],
    [["--subjects", "model,model", "--shard", "/8"], 2, /JOB_COMPLETION_INDEX/],
    [["--subjects", "model,upstream:nobody"], 3, /no upstream module 'nobody'/],
    [["merge"], 2, /DIR is missing/],
  ])("%j", async (words, code, text) => {
    const result = await fuzz(...words);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(text);
    expect(existsSync("fuzz-findings")).toBe(false);
  });
});
