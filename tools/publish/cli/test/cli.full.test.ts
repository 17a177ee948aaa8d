// SPDX-License-Identifier: MIT
// The package bpf-token-cli, installed alone in an empty folder, against the program of this repository.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { probeNative } from "@bpf-token/kernel-native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandNames } from "../../../../packages/bpf-token/src/cli/program.ts";
import { findClang } from "../../../../packages/bpf-token/test/cli/compiled.ts";
import { licenceOf } from "../lib/contents.mjs";
import { cases, inputFolder, ownProgram, pack, printed } from "./programs.ts";

const SOURCE = "/usr/src/linux-source-6.12.tar.xz";
const MINUTES_5 = 300_000;

describe("bpf-token-cli", () => {
  let folder = "";
  let program = "";
  beforeAll(() => {
    folder = inputFolder();
    pack(folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    const install = ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`];
    execFileSync("npm", install, { cwd: folder, stdio: "ignore" });
    program = join(folder, "node_modules/.bin/bpf-token");
  }, MINUTES_5);
  afterAll(() => rmSync(folder, { recursive: true }));

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
      const here = printed([ownProgram, ...words], folder);
      expect(printed([program, ...words], folder)).toEqual(here);
    },
    MINUTES_5,
  );

  test("names the licence of each module in its first line", () => {
    const inside = join(folder, "node_modules/bpf-token-cli/dist");
    const modules = readdirSync(inside, { recursive: true, encoding: "utf8" });
    for (const name of modules.filter((path) => path.endsWith(".js"))) {
      const isModel = licenceOf(`dist/${name}`) === "GPL-2.0-only";
      const [first] = readFileSync(join(inside, name), "utf8").split("\n", 1);
      const licence = isModel ? "GPL-2.0-only" : "MIT";
      expect(first, name).toBe(`// SPDX-License-Identifier: ${licence}`);
    }
  });

  test("reads the versions of the kernel that it is on", (context) => {
    const native = probeNative();
    context.skip(!native.ok, native.ok ? undefined : native.why);
    expect(printed([program, "support"], folder).stdout).toContain(release().split("-")[0]);
  });

  test("says that the packages for HTML are missing, and how to get them", () => {
    const tests = "object: x.bpf.o\ntests: [{ name: a, program: b, packet: '00' }]\n";
    writeFileSync(join(folder, "html.test.yaml"), tests);
    const words = ["test", "html.test.yaml", "--coverage-html", "html"];
    const { status, stderr } = printed([program, ...words], folder);
    expect([status, stderr]).toEqual([3, expect.stringContaining("npm install istanbul-lib-")]);
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
