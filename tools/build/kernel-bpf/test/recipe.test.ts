// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { btfOfImage } from "../lib/btf.mjs";
import { BpfKernelError } from "../lib/errors.mjs";
import { checkGates } from "../lib/gates.mjs";
import { readRecipe, releases, subsystem } from "../lib/recipe.mjs";

const program = fileURLToPath(new URL("../kernel-bpf.mjs", import.meta.url));

test("each of our C files says what it stands in for", () => {
  const files = readdirSync(subsystem).filter((name) => name.endsWith(".c"));
  expect(files.length).toBeGreaterThan(10);
  // They stand in for nothing: what they do is not in a kernel.
  const own = ["data.c", "not_modelled.c", "reads.c", "coverage.c"];
  for (const name of files.filter((one) => !own.includes(one)))
    expect(readFileSync(join(subsystem, name), "utf8"), name).toContain("Stands in for");
});

describe.each(releases)("recipe of %s", (release) => {
  const recipe = readRecipe(release);

  test("has sources, options and lists, each name once", () => {
    expect(recipe.files).toContain("kernel/bpf/verifier.c");
    expect(recipe.files).toContain("kernel/bpf/token.c");
    expect(recipe.distribution).toContain("CONFIG_BPF_SYSCALL");
    for (const list of [recipe.files, recipe.asmGeneric, ...Object.values(recipe.gates)])
      expect(new Set(list).size).toBe(list.length);
  });

  test("a function has no effect, or ends the call, but not both", () => {
    const both = recipe.gates.functions.filter((name: string) => recipe.noEffect.has(name));
    expect(both).toEqual([]);
    expect([...recipe.noEffect.values()].every((value) => /^-?\d+$/.test(value))).toBe(true);
  });

  test("passes its own gates, and no others", () => {
    const { functions, data, options } = recipe.gates;
    expect(() => checkGates(recipe, { functions, data, options }, false)).not.toThrow();
    const more = { functions: [...functions, "new_function"], data, options };
    expect(() => checkGates(recipe, more, false)).toThrow(
      /not in .*not-modelled.txt: new_function/,
    );
    const fewer = { functions: functions.slice(1), data, options };
    expect(() => checkGates(recipe, fewer, false)).toThrow(`: ${functions[0]}`);
  });
});

function file(content: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), "kernel-bpf-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "vmlinux"), content);
  return join(folder, "vmlinux");
}

describe("images", () => {
  const elf = Buffer.alloc(128);
  elf.write("7f454c46", "hex");
  elf.writeBigUInt64LE(1n << 40n, 0x28);
  elf.writeUInt16LE(64, 0x3a);
  elf.writeUInt16LE(1, 0x3c);

  test.each([
    [
      "is no ELF file",
      Buffer.from("not a kernel, but long enough to have an ELF header of 64 bytes"),
    ],
    ["is no ELF file", Buffer.alloc(0)],
    ["is a damaged ELF file", elf],
    ["has no section .BTF", Buffer.concat([elf.subarray(0, 0x28), Buffer.alloc(300)])],
  ])("%s", (why, content) => {
    expect(() => btfOfImage(file(content))).toThrow(BpfKernelError);
    expect(() => btfOfImage(file(content))).toThrow(why);
  });
});

test("the BTF of an earlier build has the release of its image", () => {
  const folder = mkdtempSync(join(tmpdir(), "kernel-bpf-btf-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "vmlinux.btf"), "btf");
  expect(() => btfOfImage(join(folder, "vmlinux.btf"))).toThrow("kernel.json");
  writeFileSync(join(folder, "kernel.json"), '{ "image": "7.3.4-cloud" }');
  expect(btfOfImage(join(folder, "vmlinux.btf"))).toEqual({
    btf: Buffer.from("btf"),
    release: "7.3.4-cloud",
  });
});

describe("the command", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });

  test.each([
    [["build"], "unknown release ''"],
    [["build", "5.10"], "unknown release '5.10' (known: 6.12"],
    [["make", "6.12"], "the command is: build RELEASE"],
    [["build", "6.12", "--jobs", "many"], "--jobs takes a whole number"],
  ])("refuses %j", (args, message) => {
    const { status, stderr } = run(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test("prints its help", () => {
    const { status, stdout } = run("--help");
    expect(status).toBe(0);
    expect(stdout.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });
});
