// SPDX-License-Identifier: MIT
// The package bpf-token-cli, installed alone in an empty folder, against the program of this repository.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeNative } from "@bpf-token/kernel-native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandNames } from "../../../../packages/bpf-token/src/cli/program.ts";
import { findClang } from "../../../../packages/bpf-token/test/cli/compiled.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const SOURCE = "/usr/src/linux-source-6.12.tar.xz";
const MINUTES_5 = 300_000;
const everything = ["--delegate", "cmds=any,maps=any,progs=any,attachs=any"];
const model = ["--subject", "model@7.3", ...everything];

/** One case or more for each command; the first word is the command. */
const cases: readonly (readonly string[])[] = [
  ["--help"],
  ["--version"],
  ["weather"],
  ["completion", "bash"],
  ["coverage", "--help"],
  ["demo"],
  ["diff", "suite.yaml", "--subjects", "model@6.12,model@7.3"],
  ["doctor"],
  ["doctor", "--json", "--try", "x.bpf.o"],
  ["exec", ...model, "--", "bpftool", "prog", "load", "x.bpf.o", "/sys/fs/bpf/x"],
  ["exec", ...model, "--explain", "--", "bpftool", "map", "list"],
  ["explain", "log"],
  ["explain", "token.dropped.map"],
  ["fuzz", "--subjects", "model@6.12,model@7.3", "--sequences", "300"],
  ["gen", "x.bpf.o"],
  ["hook", "check"],
  ["inspect", "x.bpf.o"],
  ["load", "x.bpf.o", ...model],
  ["policy", "x.bpf.o", "--for", "systemd", "--no-prove"],
  ["policy", "x.bpf.o", "--json"],
  ["run", "suite.yaml"],
  ["support"],
  ["test-run", "--help"],
  ["trace", "--", "bpftool", "map", "show", "id", "4000000000"],
  ["translate", "--help"],
  ["translate", "mount"],
  ["upstream", "list"],
  ["verify", "x.bpf.o", "--release", "6.12"],
];

const scenario = `name: a token
steps:
  - fsopen: bpf
`;
const log = "libbpf: prog 'x': failed to load: -EPERM\nbpf(BPF_MAP_CREATE) = -1 EPERM\n";

describe("bpf-token-cli", () => {
  let folder = "";
  let program = "";
  let own = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-cli-"));
    const tool = join(root, "tools/publish/cli/cli.mjs");
    execFileSync(process.execPath, [tool, "--folder", folder], { encoding: "utf8" });
    const [tarball = ""] = readdirSync(folder);
    writeFileSync(join(folder, "package.json"), "{}");
    const install = ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`];
    execFileSync("npm", install, { cwd: folder, stdio: "ignore" });
    program = join(folder, "node_modules/.bin/bpf-token");
    own = join(root, "packages/bpf-token/bin/bpf-token.js");
    writeFileSync(join(folder, "log"), log);
    writeFileSync(join(folder, "suite.yaml"), scenario);
    writeFileSync(join(folder, "mount"), "bpf /sys/fs/bpf bpf delegate_cmds=map_create 0 0\n");
    const fixture = join(root, "packages/bpf-token/test/fixtures/count.bpf.c");
    const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-c", fixture, "-o", "x.bpf.o"];
    const made = spawnSync(findClang() ?? "clang", flags, { cwd: folder, encoding: "utf8" });
    // Without the object, both programs would only print the same error.
    expect([made.status, made.stderr]).toEqual([0, ""]);
  }, MINUTES_5);
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What a run of the program prints, without the numbers of processes and the place of the program. */
  function printed(path: string, words: readonly string[]) {
    const run = spawnSync(path, words, { cwd: folder, encoding: "utf8", input: "" });
    const plain = (text: string): string =>
      text
        .replaceAll(/\bpid \d+|\bprocess \d+|"pid": \d+|user namespace: \d+/g, "N")
        .replaceAll(/\/\S*\/prebuilds\//g, "prebuilds/");
    return { status: run.status, stdout: plain(run.stdout), stderr: plain(run.stderr) };
  }

  test("has no dependencies, and one case for each command", () => {
    expect(
      readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")),
    ).toEqual(["bpf-token-cli"]);
    const named = new Set(cases.map(([name = ""]) => name));
    expect(commandNames.filter((name) => !named.has(name))).toEqual([]);
  });

  test.each(cases.map((words) => ({ words, name: words.join(" ") })))(
    "$name prints what the program of the repository prints",
    ({ words }) => {
      const [here, there] = [printed(own, words), printed(program, words)];
      expect(there).toEqual(here);
    },
    MINUTES_5,
  );

  test("reads the versions of the kernel that it is on", (context) => {
    const native = probeNative();
    context.skip(!native.ok, native.ok ? undefined : native.why);
    expect(printed(program, ["support"]).stdout).toContain(release().split("-")[0]);
  });

  test("compiles upstream's source with the compiler of the system", (context) => {
    const clang = findClang() ?? "";
    context.skip(clang === "", "upstream build: clang is not installed");
    context.skip(!existsSync(SOURCE), `upstream build: ${SOURCE} is not installed`);
    const env = { ...process.env, BPF_TOKEN_UPSTREAM: join(folder, "upstream") };
    const words = ["upstream", "build", SOURCE, "--name", "6.12", "--compiler", clang];
    const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^upstream:6\.12, Linux 6\.12: \d+ bytes/);
  });

  test("says that a compiler is missing, and how to get one", (context) => {
    context.skip(!existsSync(SOURCE), `upstream build: ${SOURCE} is not installed`);
    const env = { PATH: join(process.execPath, ".."), HOME: folder };
    const words = ["upstream", "build", SOURCE, "--name", "x", "--compiler", "yowasp"];
    const { status, stderr } = spawnSync(program, words, { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([3, expect.stringContaining("@yowasp/clang")]);
  });
});
