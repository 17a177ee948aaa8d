// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { buildQuietly } from "../../../lib/build-quietly.mjs";
import { quickCommands } from "../lib/program.mjs";

beforeAll(() => {
  if (!buildQuietly("bpf-token")) throw new Error("the packages do not build");
}, 300_000);

const packages = fileURLToPath(new URL("../../../../packages/", import.meta.url));
const cli = join(packages, "bpf-token/bin/bpf-token.js");

/** Runs the program, and reads which of our built files Node has loaded. */
const run = (...args: readonly string[]) => runWith("", ...args);

/** The same with a text on standard input. */
function runWith(input: string, ...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-quick-"));
  try {
    const env = { PATH: process.env.PATH, NODE_V8_COVERAGE: folder, BPF_TOKEN_ADDON: "/none.node" };
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args], {
      encoding: "utf8",
      env,
      input,
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

const command = ["command", "start"];
const judging = [...command, "facts", "judging", "objects"];
/** A text that needs no model. */
const message = "libbpf: Error in bpf_object__probe_loading(): Operation not permitted (1)\n";

// A file that a command loads without need, or a package that grows, delays each start.
test.each<[string, readonly string[], readonly string[], number]>([
  ["--version", ["--version"], command, 40_000],
  ["--help", ["--help"], command, 40_000],
  ["the help of trace", ["trace", "--help"], [...command, "trace"], 50_000],
  [
    "a text",
    ["explain", "-"],
    [...judging, "explain", "explaining", "report", "TextExplainer"],
    720_000,
  ],
  [
    "an errno",
    ["explain", "EPERM", "--cmd", "map_create"],
    [...judging, "explain", "explaining", "report", "explainErrno", "linked"],
    780_000,
  ],
  ["demo", ["demo"], [...command, "createKernel", "demo", "facts", "linked"], 420_000],
  ["a recording", ["trace", "--from", "-"], [...judging, "trace", "CallReplay"], 600_000],
])("%s loads only what it needs", (_, args, names, most) => {
  const { stderr, files } = runWith(message, ...args);
  expect(stderr).not.toContain("bug");
  expect(files.map((file) => /([\w-]+)\.c?js$/.exec(file ?? "")?.[1]).sort()).toEqual(
    [...names].sort(),
  );
  const sizes = files.map((file) => statSync(join(packages, file ?? "")).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(most);
});

test("doctor loads only what it needs", ({ skip }) => {
  if (process.platform !== "linux") skip("doctor needs Linux");
  const names = [...judging, "CollectError", "diagnose", "doctor", "doctorLines", "report"];
  const { files } = run("doctor");
  // Whether it asks the model depends on the machine.
  const own = files.filter((file) => file !== "kernel-wasm/dist/linked.cjs");
  expect(own.sort()).toEqual(names.map((name) => `bpf-token/dist/start/${name}.cjs`).sort());
});

test("the program starts the same commands from these files that the bundle has", () => {
  const text = readFileSync(cli, "utf8");
  const [, words = ""] = /const waited = \[\s*\.{3}\[(.*)\],/.exec(text) ?? [];
  expect(words.match(/"[a-z]+"/g)).toEqual(quickCommands.map((name) => `"${name}"`));
});

test("both starts report a wrong option in the same words", () => {
  const wrong = ["--delegate", "cmds=none_such", "--", "true"];
  const quick = run("exec", "--subject", "model@7.3", ...wrong);
  const usual = run("exec", "--subject", "model@7.3", "--explain", ...wrong);
  expect(quick.files).toContain("bpf-token/dist/quick/main.cjs");
  expect(quick.stderr).toContain("none_such");
  expect([quick.status, quick.stderr]).toEqual([usual.status, usual.stderr]);
});
