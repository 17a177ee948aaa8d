// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

let folder = "";
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-false-green-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const empty = (): string => file("empty.yaml", "name: empty\nsteps: []\n");
const later = (): string =>
  file("later.yaml", 'name: later\nsteps:\n  - getpid:\n    needs: { since: "9.9" }\n');
const good = (): string => file("good.yaml", "name: good\nsteps:\n  - getpid:\n");
const two = ["--subjects", "model@6.12,model@7.3"];

describe("nothing that was not tested is called good", () => {
  test("run: a scenario without steps, or with no step for this kernel, is skipped", async () => {
    const none = await cli(["run", empty()]);
    expect(none.code).toBe(3);
    expect(none.out).toMatch(
      /^skipped {2}.*empty\.yaml .*\(it has no steps\)\n0 passed, 0 failed, 1 skipped/,
    );
    const old = await cli(["run", later(), good()]);
    expect(old.code).toBe(0);
    expect(old.out).toMatch(/skipped {2}.*later\.yaml .*9\.9.*\n/);
    expect(old.out).toMatch(/1 passed, 0 failed, 1 skipped/);
  });

  test("diff: scenarios that no subject runs are skipped", async () => {
    const none = await cli(["diff", empty(), later(), ...two]);
    expect(none.code).toBe(3);
    expect(none.out).toMatch(/skipped {3}.*empty\.yaml/);
    expect(none.out).toMatch(/0 agree, .*, 2 skipped\n$/);
    const some = await cli(["diff", empty(), good(), ...two]);
    expect(some.code).toBe(0);
    expect(some.out).toMatch(/1 agree, .*, 1 skipped\n$/);
  });

  test.each([
    [["--sequences", "0"], "--sequences must be at least 1"],
    [["--steps", "0"], "--steps must be at least 1"],
    [["--findings", "0"], "--findings must be at least 1"],
    [["--time", "0"], "--time must be more than 0"],
    [["--time", "0.0m"], "--time must be more than 0"],
  ])("fuzz: %j is a usage error", async (words, message) => {
    const { code, out, err } = await cli(["fuzz", ...two, ...words]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });

  test.each([["model@6.12,model@6.12"], ["model,model@7.3"], ["model@6.11,model@7.3,model@6.9"]])(
    "diff and fuzz: %s compares a kernel with itself",
    async (names) => {
      const compared = await cli(["diff", good(), "--subjects", names]);
      expect(compared.code).toBe(2);
      expect(compared.err).toMatch(
        /diff: --subjects has model@[67]\.\d+ twice; give different kernels/,
      );
      const random = await cli(["fuzz", "--subjects", names, "--sequences", "1"]);
      expect(random.code).toBe(2);
      expect(random.err).toMatch(/fuzz: --subjects has model@[67]\.\d+ twice/);
    },
  );

  test("fuzz merge: reports without a sequence", async () => {
    const tally = { sequences: 0, steps: 0, withToken: 0, withUse: 0, withLeftInode: 0 };
    const report = {
      ...{ subjects: ["a", "b"], seed: 1, shard: { index: 0, count: 1 }, block: 0 },
      tally: { ...tally, byTasks: [], byCalls: [] },
      ...{ expected: 0, coverage: [], findings: [] },
    };
    file("report-1-of-1.json", JSON.stringify(report));
    const { code, out } = await cli(["fuzz", "merge", folder]);
    expect(code).toBe(3);
    expect(out).toContain("nothing was compared");
    expect(out).not.toContain("no unexpected difference");
  });
});
