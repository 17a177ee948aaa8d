// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { buildQuietly } from "../../../lib/build-quietly.mjs";

beforeAll(() => {
  if (!buildQuietly("bpf-token")) throw new Error("the packages do not build");
}, 300_000);

const cli = fileURLToPath(
  new URL("../../../../packages/bpf-token/bin/bpf-token.js", import.meta.url),
);

/** Runs the program, and reads which of our built files Node has loaded. */
function run(...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-quick-"));
  try {
    const env = { PATH: process.env.PATH, NODE_V8_COVERAGE: folder, BPF_TOKEN_ADDON: "/none.node" };
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args], {
      encoding: "utf8",
      env,
    });
    const reports = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    const urls = reports.flatMap((text) => [
      ...text.matchAll(/"url":"[^"]*\/([\w-]+\/dist\/[^"]+)"/g),
    ]);
    return { status, stderr, files: urls.map(([, file]) => file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const onModel = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any"];

test.each([
  ["--subject model@7.3", onModel],
  ["--subject=model", ["exec", "--subject=model", "--delegate", "cmds=any"]],
  ["a program with --explain of its own", [...onModel, "--", "echo", "--explain"]],
])("exec %s starts from the files of its own", (_, args) => {
  const command = args.includes("--") ? args : [...args, "--", "true"];
  const { status, stderr, files } = run(...command);
  // The addon is the last that a start needs.
  expect([status, stderr]).toEqual([
    3,
    expect.stringContaining("bpf-token: exec --subject is not available: its addon is not built"),
  ]);
  expect(files.sort()).toEqual(["bpf-token/dist/quick/main.cjs", "kernel-wasm/dist/linked.cjs"]);
});

test.each([
  ["a report", [...onModel, "--explain", "--", "true"]],
  ["its help", [...onModel, "--help"]],
  [
    "another kernel",
    ["exec", "--subject", "upstream:none", "--delegate", "cmds=any", "--", "true"],
  ],
  ["the running kernel", ["exec", "--caps", "nonsense", "--", "true", "--subject", "model@7.3"]],
  ["a later --subject", [...onModel, "--subject", "upstream:none", "--", "true"]],
])("exec with %s starts from the files of all commands", (_, args) => {
  expect(run(...args).files).toContain("bpf-token/dist/cli/main.js");
});

test("both starts report a wrong option in the same words", () => {
  const wrong = ["--delegate", "cmds=none_such", "--", "true"];
  const quick = run("exec", "--subject", "model@7.3", ...wrong);
  const usual = run("exec", "--subject", "model@7.3", "--explain", ...wrong);
  expect(quick.files).toContain("bpf-token/dist/quick/main.cjs");
  expect(quick.stderr).toContain("none_such");
  expect([quick.status, quick.stderr]).toEqual([usual.status, usual.stderr]);
});
