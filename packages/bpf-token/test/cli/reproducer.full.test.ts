// SPDX-License-Identifier: MIT
// Differences between 6.12 and 7.3 as C programs, on the running kernel and in guests of both releases.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { release as linux, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeGuest, probeNative } from "@bpf-token/kernel-native";
import { factsRelease } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compiler, compileStatic, runInGuest } from "./guest-programs.ts";
import { cli } from "./run-cli.ts";

const scenarios = new URL("../../../conformance/scenarios/", import.meta.url);
/** Harmless differences of the suite: answers, memory, and texts. */
const names = [
  "bpf-commands",
  "bpf-union-size",
  "btf-fields",
  "btf-layout",
  "fs-move-mount-ends",
  "info-token",
  "map-create-btf-types",
  "map-create-token",
  "map-elem-array",
  "option-names",
  "prog-verifier-perfmon",
  "token-covers",
  "token-fdinfo",
  "xattr-arguments",
  "xattr-bpffs",
] as const;

const native = probeNative();
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");
let folder = "";
const inside = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-repro-"));
  if (compiler === undefined) return;
  for (const name of names) {
    const file = fileURLToPath(new URL(`${name}.yaml`, scenarios));
    const words = ["--subjects", "model@6.12,model@7.3", "--c", inside(`${name}.c`)];
    const { code, err } = await cli(["diff", file, ...words]);
    expect([name, code, err]).toEqual([name, 0, ""]);
    compile(name);
  }
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

const compile = (name: string): void => compileStatic(inside(`${name}.c`), inside(name));

const noCompiler = compiler === undefined ? "there is no C compiler" : undefined;

describe("C programs of differences between 6.12 and 7.3", { timeout: 1_200_000 }, () => {
  test.for(["6.12", "7.3"] as const)("in the guest %s", (guest, context) => {
    const { kernel, why = noCompiler } = probeGuest(guest);
    if (why !== undefined || kernel === undefined) {
      if (required) throw new Error(`required, and not possible: ${why}`);
      return context.skip(`guest:${guest}: ${why}`);
    }
    const programs = names.map((name) => ({ name, path: inside(name), args: [] }));
    const outputs = runInGuest(kernel, folder, programs);
    for (const name of names) {
      const text = outputs.get(name) ?? "";
      expect(text, name).toContain(`\n1..1\nok 1 - answered as model@${guest}: `);
    }
  });

  const missing = noCompiler ?? (native.ok ? undefined : native.why);
  test("on the running kernel", async (context) => {
    if (missing !== undefined) return context.skip(`C programs: ${missing}`);
    const here = factsRelease(linux());
    for (const name of names) {
      const { stdout } = spawnSync(inside(name), { encoding: "utf8" });
      const [, as] = /\nok 1 - answered as (model@\S+): /.exec(stdout) ?? [];
      expect(as, `${name}: ${stdout}`).toBeDefined();
      // The model of this release agrees with the named one in the same step.
      const file = fileURLToPath(new URL(`${name}.yaml`, scenarios));
      if (as === `model@${here}`) continue;
      const other = as === "model@6.12" ? "model@7.3" : "model@6.12";
      const own = inside("own.c");
      const words = ["--subjects", `model@${here},${other}`, "--c", own];
      const { code, err } = await cli(["diff", file, ...words]);
      expect([name, code, err]).toEqual([name, 0, ""]);
      compile("own");
      const again = spawnSync(inside("own"), { encoding: "utf8" });
      expect(again.stdout, name).toContain(`ok 1 - answered as model@${here}: `);
    }
  });
});
