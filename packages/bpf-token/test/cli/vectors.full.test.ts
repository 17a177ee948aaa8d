// SPDX-License-Identifier: MIT
// All vectors, on the running kernel and in two guests, as docs/vectors.md says.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeGuest, probeNative } from "@bpf-token/kernel-native";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compiler, compileStatic, runInGuest } from "./guest-programs.ts";

const tool = fileURLToPath(
  new URL("../../../../tools/verify/vectors/vectors.mjs", import.meta.url),
);
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");
const noCompiler = compiler === undefined ? "there is no C compiler" : undefined;
const passes = /^# (\d+) passed, 0 failed, \d+ skipped on Linux /m;

describe("all vectors", { timeout: 1_200_000 }, () => {
  let folder = "";
  const inside = (name: string): string => join(folder, name);
  const files = (): readonly string[] =>
    readdirSync(folder).filter((name) => name.endsWith(".json"));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-vectors-"));
    execFileSync(process.execPath, [tool, "--folder", folder]);
    if (compiler !== undefined) compileStatic(inside("run-vectors.c"), inside("run-vectors"));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("fit their schema", () => {
    const schema = new URL("../../../../docs/vectors.schema.json", import.meta.url);
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(schema, "utf8")));
    for (const name of files()) {
      validate(JSON.parse(readFileSync(inside(name), "utf8")));
      expect([name, validate.errors]).toEqual([name, null]);
    }
    expect(validate({ version: 2, releases: [], vectors: [] })).toBe(false);
  });

  test("are as many as the page says", () => {
    const rules = new Set<string>();
    let count = 0;
    for (const name of files()) {
      const { vectors } = JSON.parse(readFileSync(inside(name), "utf8")) as {
        readonly vectors: readonly { readonly rules: readonly string[] }[];
      };
      count += vectors.length;
      for (const rule of vectors.flatMap((one) => one.rules)) rules.add(rule);
    }
    const page = readFileSync(new URL("../../../../docs/vectors.md", import.meta.url), "utf8");
    expect(page).toContain(`have ${count} vectors of ${rules.size} of the 324`);
  });

  const missing = noCompiler ?? (probeNative().ok ? undefined : "the running kernel is not usable");
  test("pass on the running kernel", (context) => {
    if (missing !== undefined) return context.skip(`vectors: ${missing}`);
    const { status, stdout } = spawnSync(inside("run-vectors"), files().map(inside), {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, expect.stringMatching(passes)]);
    expect(Number(passes.exec(stdout)?.[1])).toBeGreaterThan(80);
  });

  test.for(["6.12", "7.3"] as const)("pass in the guest %s", (guest, context) => {
    const { kernel, why = noCompiler } = probeGuest(guest);
    if (why !== undefined || kernel === undefined) {
      if (required) throw new Error(`required, and not possible: ${why}`);
      return context.skip(`guest:${guest}: ${why}`);
    }
    const data = Object.fromEntries(files().map((name) => [name, readFileSync(inside(name))]));
    const program = { name: "run-vectors", path: inside("run-vectors"), args: files() };
    const text = runInGuest(kernel, folder, [program], data).get("run-vectors") ?? "";
    const [, summary = text] = /(# \d+ passed, .*)/.exec(text) ?? [];
    console.log(`guest:${guest}: ${summary}`);
    expect(text.match(/^not ok(?!.* # TODO ).*\n.*\n.*/gm)).toBeNull();
    expect(Number(passes.exec(text)?.[1])).toBeGreaterThan(80);
  });
});
