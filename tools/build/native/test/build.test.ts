// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../build.mjs", import.meta.url));

function build(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

test("without a compiler it prints one line and exits with 3", () => {
  const { status, stdout, stderr } = build([], { CC: "no-such-compiler" });
  expect([status, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(/^no C compiler found for \w+: [^\n]+\n$/);
});

test("an unknown option prints the usage and exits with 2", () => {
  expect(build(["--fast"]).status).toBe(2);
});

test.each(["riscv64", "toString", "bpf-exec"])("'%s' is no program or architecture", (word) => {
  const { status, stdout, stderr } = build([word]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(
    `'${word}' is no program or architecture\nusage: npm run tool build:native`,
  );
});

describe("a compiler that lists the folder of the programs", () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-build-"));
  const machine = `${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu`;
  const place = join(folder, `linux-${process.arch}`);
  const run = (last: string) => {
    const compiler = join(folder, "cc");
    const questions = `case $1 in -dumpmachine) echo ${machine}; exit;; -E | --version) exit;; esac`;
    const lines = ["#!/bin/sh", questions, `echo there: $(ls ${place})`, last];
    writeFileSync(compiler, lines.join("\n"), { mode: 0o755 });
    return build(["hook", process.arch, "--folder", folder], { CC: compiler });
  };
  const others = () => readdirSync(folder).filter((name) => name.startsWith("."));
  // As compilers do, which get the name after -o.
  const compile = 'while [ "$1" != -o ]; do shift; done; echo program >"$2"';
  beforeAll(() => void mkdirSync(place));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("sees no part of a program", () => {
    const { status, stdout } = run(compile);
    expect([status, stdout.split("\n")[0]]).toEqual([0, "there:"]);
    expect([readdirSync(place), others()]).toEqual([["bpf-token-hook"], []]);
  });

  test("leaves the old program and nothing else if it fails", () => {
    writeFileSync(join(place, "bpf-token-hook"), "old");
    expect(run("exit 1").status).toBe(1);
    expect(readFileSync(join(place, "bpf-token-hook"), "utf8")).toBe("old");
    expect([readdirSync(place), others()]).toEqual([["bpf-token-hook"], []]);
  });
});
