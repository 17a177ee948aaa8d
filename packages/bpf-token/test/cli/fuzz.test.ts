// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FindingRecord } from "@bpf-token/fuzz";
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
/** The same, but TOKEN_CREATE takes a reference that nobody drops. */
const references = noTokens
  .replace(
    "#include <linux/err.h>\n",
    "#include <linux/err.h>\n#include <linux/cred.h>\n#include <linux/user_namespace.h>\n",
  )
  .replace("\treturn -ENOLINK;", "\tget_user_ns(current_user_ns());\n\treturn -ENOLINK;");

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
    const scenario = join(findingIn(corpus, "scenario.yaml"), "scenario.yaml");
    expect(parseScenario(readFileSync(scenario, "utf8")).steps.length).toBeLessThan(6);
    const again = await run(["diff", scenario, "--subjects", "upstream:a,upstream:c"]);
    expect(again.code).toBe(1);
    const same = await run(["diff", scenario, "--subjects", "upstream:a,upstream:b"]);
    expect(same.code).toBe(0);
  });

  test("name the function and the lines, and both answers stand in README.md", () => {
    const folder = findingIn(inside("found"), "scenario.yaml");
    const record = JSON.parse(readFileSync(join(folder, "finding.json"), "utf8")) as FindingRecord;
    const line = 1 + other.split("\n").findIndex((text) => text.includes("EXDEV"));
    const place = { file: "kernel/bpf/token.c", line, endLine: line, why: "source" };
    expect(record.parting?.places[0]).toMatchObject({ ...place, subject: "upstream:c@6.12" });
    const text = readFileSync(join(folder, "README.md"), "utf8");
    expect(text).toMatch(/upstream:a@6\.12 +ENOLINK.*\n +upstream:c@6\.12 +EXDEV/);
    expect(text).toContain(`kernel/bpf/token.c:${line} of upstream:c@6.12`);
    expect(text).toContain(
      "bpf-token diff scenario.yaml --subjects upstream:a@6.12,upstream:c@6.12",
    );
  });

  test("the bytes of a finding show the difference again", async () => {
    const folder = findingIn(inside("found"), "sequence.yaml");
    const again = await fuzz("--replay", folder);
    expect(again).toMatchObject({ code: 1, err: "" });
    expect(again.out).toMatch(/^DIFFERS {2}upstream:c@6\.12: functions of token\.c answer/);
    expect(again.out).toMatch(/\n {2}direct calls of the functions of token\.c, at the end\n|step/);
    const bytes = join(folder, "input.bin");
    const gone = await fuzz("--replay", bytes, "--subjects", "upstream:a,upstream:b");
    expect(gone).toMatchObject({ code: 0, err: "" });
    expect(gone.out).toBe("no difference  upstream:a@6.12 : upstream:b@6.12\n");
    const json = await fuzz("--replay", folder, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ finding: { kind: "differs directly" } });
  });

  test("diff does not call a finding the same that only its bytes show", async () => {
    const folder = findingIn(inside("found"), "sequence.yaml");
    const words = ["--subjects", "upstream:a,upstream:c"];
    const { code, out } = await run(["diff", join(folder, "sequence.yaml"), ...words]);
    expect(code).toBe(3);
    expect(out).toContain(`run 'bpf-token fuzz --replay ${folder}'`);
    expect(out).toMatch(/\n0 agree, .*, 1 unknown\n$/);
    // Elsewhere the file is a scenario like any other.
    const copy = inside("sequence.yaml");
    writeFileSync(copy, readFileSync(join(folder, "sequence.yaml")));
    expect((await run(["diff", copy, ...words])).out).not.toContain("--replay");
  });

  test("a replay that is another sequence is refused, and one of another build is noted", async () => {
    const folder = findingIn(inside("found"), "sequence.yaml");
    const record = join(folder, "finding.json");
    const text = readFileSync(record, "utf8");
    const written = JSON.parse(text) as FindingRecord;
    writeFileSync(record, JSON.stringify({ ...written, confined: true }));
    expect((await fuzz("--replay", folder)).err).toBe("");
    writeFileSync(record, JSON.stringify({ ...written, generator: "other" }));
    expect((await fuzz("--replay", folder)).err).toContain("another build of bpf-token");
    writeFileSync(record, text);
  });

  test("reference counts differ, though no answer does", async () => {
    writeFileSync(inside("d.c"), references);
    const built = await run(["upstream", "build", inside("d.c"), "--as", "6.12", "--name", "d"]);
    expect(built.code, built.err).toBe(0);
    const words = ["--subjects", "upstream:a,upstream:d", "--findings", "1"];
    const { code, out } = await fuzz(...words, "--sequences", "3000", "--corpus", inside("counts"));
    expect(code).toBe(1);
    expect(out).toContain("DIFFERS  upstream:d@6.12: objects remain at the end\n");
    const again = await fuzz("--replay", findingIn(inside("counts"), "sequence.yaml"));
    expect(again.out).toMatch(/references of user namespace \d+\n +upstream:a@6\.12 +\d+\n/);
    expect(again.out).toMatch(
      /bpf_token_create\(\), kernel\/bpf\/token\.c:\d+ of upstream:d@6\.12/,
    );
  });
});

/** The folder of the first finding that has a file. */
function findingIn(corpus: string, file: string): string {
  const names = readdirSync(corpus).filter((name) => name.startsWith("finding-"));
  const name = names.find((one) => existsSync(join(corpus, one, file)));
  if (name === undefined) throw new Error(`no finding in ${names.join(", ")} has ${file}`);
  return join(corpus, name);
}

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
    [["--replay", "nowhere"], 3, /cannot read 'nowhere': ENOENT/],
    [["--replay", "/dev/zero", "--subjects", "model,model@6.12"], 3, /not a regular file/],
    [["--replay", "package.json"], 2, /names no kernels; give --subjects A,B/],
    [["--replay", "package.json", "--seed", "2"], 2, /so --seed does not apply/],
  ])("%j", async (words, code, text) => {
    const result = await fuzz(...words);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(text);
    expect(existsSync("fuzz-findings")).toBe(false);
  });
});
