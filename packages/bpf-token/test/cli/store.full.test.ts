// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { cli } from "./run-cli.ts";

const noTokens = readFileSync(
  new URL("../../../upstream/test/no-tokens.c", import.meta.url),
  "utf8",
);

let folder = "";
let bundle = "";
let program = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-store-"));
  ({ folder: bundle, program } = await bundleProgram());
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(bundle, { recursive: true });
});

/** Runs the program as a process of its own; returns its exit code and messages. */
function start(words: readonly string[], env: Record<string, string>): Promise<unknown> {
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...env } });
  let err = "";
  child.stderr.on("data", (piece: Buffer) => (err += piece.toString()));
  child.stdout.resume();
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, err })));
}

test("six processes that build at once into a new store lose no module", {
  timeout: 600_000,
}, async () => {
  // Neither the folder nor its parent exists, and three of the builds have the same key.
  const env = { BPF_TOKEN_UPSTREAM: join(folder, "cache/store") };
  const names = ["a", "b", "c", "d", "e", "f"];
  const builds = names.map((name, i) => {
    const source = join(folder, `${name}.c`);
    writeFileSync(source, noTokens + "\n".repeat(Math.max(0, i - 2)));
    return start(["upstream", "build", source, "--as", "6.12", "--name", name], env);
  });
  expect(await Promise.all(builds)).toEqual(names.map(() => ({ code: 0, err: "" })));
  const { code, out, err } = await cli(["upstream", "list", "--json"], {}, env);
  expect([code, err]).toEqual([0, ""]);
  const { modules } = JSON.parse(out) as { modules: { name: string; current: boolean }[] };
  expect(modules.map(({ name, current }) => [name, current])).toEqual(names.map((n) => [n, true]));
  const files = readdirSync(env.BPF_TOKEN_UPSTREAM);
  expect(files.filter((name) => name.startsWith("."))).toEqual([]);
  expect(files.filter((name) => /^[0-9a-f]{32}\.wasm$/.test(name))).toHaveLength(4);
  writeFileSync(join(folder, "x.yaml"), "name: x\nsteps:\n  - getpid:\n");
  for (const name of names) {
    const ran = await cli(
      ["run", "--subject", `upstream:${name}`, join(folder, "x.yaml")],
      {},
      env,
    );
    expect(ran.out).toContain("1 passed, 0 failed");
  }
});
