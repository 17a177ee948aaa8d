// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { support } from "./native.ts";

const scenario = fileURLToPath(
  new URL("../../../conformance/scenarios/userns-owner.yaml", import.meta.url),
);
const many = Array.from({ length: 1_500 }, () => scenario);
const two = ["--subjects", "model@6.12,model@7.3"];

let bundle = "";
let program = "";
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-interrupt-"));
  ({ folder: bundle, program } = await bundleProgram());
}, 300_000);
afterAll(() => {
  rmSync(bundle, { recursive: true });
  rmSync(folder, { recursive: true });
});

/** Starts the program, sends a signal to its process group when it has printed `after`. */
async function interrupted(
  words: readonly string[],
  after: RegExp,
  signal: NodeJS.Signals = "SIGINT",
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [program, ...words], {
    // A terminal sends the signal to all processes of the group, so also to those of a kernel.
    detached: true,
    cwd: folder,
    env: { ...process.env, BPF_TOKEN_EXECUTOR: support.executor ?? "" },
  });
  const text = { out: "", err: "" };
  let sent = false;
  child.stdout.on("data", (piece: Buffer) => {
    text.out += piece.toString();
    if (sent || !after.test(text.out)) return;
    sent = true;
    process.kill(-(child.pid as number), signal);
  });
  child.stderr.on("data", (piece: Buffer) => (text.err += piece.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  expect(sent).toBe(true);
  return { code, ...text };
}

describe("a signal ends a command with its summary", { timeout: 300_000 }, () => {
  test.each(["SIGINT", "SIGTERM"] as const)("run: %s", async (signal) => {
    const { code, out, err } = await interrupted(["run", ...many], /passed/, signal);
    expect([code, err]).toEqual([130, ""]);
    const [, done = ""] = /interrupted after (\d+) of 1500 scenarios\n/.exec(out) ?? [];
    expect(out).toContain(`\n${done} passed, 0 failed on the model of Linux `);
    expect(Number(done)).toBeLessThan(1_500);
  });

  test("run on the running kernel", async (context) => {
    if (!support.ok) return context.skip(`native half: ${support.why}`);
    const words = ["run", "--backend", "native", ...many];
    const { code, out, err } = await interrupted(words, /passed/);
    expect([code, err]).toEqual([130, ""]);
    expect(out).toMatch(/interrupted after \d+ of 1500 scenarios\n\d+ passed, 0 failed on /);
  });

  test("diff", async () => {
    const { code, out, err } = await interrupted(["diff", ...many, ...two], /same|expected/);
    expect([code, err]).toEqual([130, ""]);
    expect(out).toMatch(/interrupted after \d+ of 1500 scenarios\n\n\d+ agree, /);
  });

  test("fuzz: the corpus is complete, and the next run continues", async () => {
    const words = ["fuzz", ...two, "--time", "1h", "--corpus", "corpus"];
    const { code, out, err } = await interrupted(words, /^seed 1$/m);
    expect(err).not.toMatch(/^ {4}at /m);
    expect(out).toMatch(/\ninterrupted\n[\d ]+ sequences, /);
    // A model of another release may differ.
    expect(code).toBe(out.includes("DIFFERS") ? 1 : 130);
    const files = readdirSync(join(folder, "corpus"));
    const others = files.filter((name) => !/^finding-\w+$/.test(name));
    expect(others.sort()).toEqual(["inputs", "report-1-of-1.json"]);
    const text = readFileSync(join(folder, "corpus/report-1-of-1.json"), "utf8");
    const { block } = JSON.parse(text) as { block: number };
    expect(block).toBeGreaterThan(0);
    const again = await interrupted(words, /^seed 1, continued/m);
    expect(again.out).toContain(`seed 1, continued at block ${block}\n`);
    expect([1, 130]).toContain(again.code);
  });
});
