// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../../lib/run.mjs";
import { architectureOf } from "../lib/elf.mjs";
import { prebuilds } from "../lib/programs.mjs";

const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");

test("there is a program of each kind for each architecture", () => {
  const paths = prebuilds.map(({ path }) => path);
  expect(paths).toContain("linux-x64/bpf-exec");
  expect(paths).toContain("linux-arm64/bpf-exec");
  expect(paths).toContain("linux-arm64/bpf-token.node");
  expect(new Set(paths).size).toBe(paths.length);
});

test.for(prebuilds)("$path is for $arch", ({ arch, path }, context) => {
  const file = `${root}packages/kernel-native/prebuilds/${path}`;
  if (!existsSync(file)) {
    const why = `${path} is not built: npm run tool build:native`;
    if (required) throw new Error(`required, and not possible: ${why}`);
    context.skip(why);
  }
  expect(architectureOf(readFileSync(file))).toBe(arch);
});

const header = (machine: number, kind = 2, data = 1): Buffer => {
  const bytes = Buffer.alloc(64);
  bytes.write("\x7fELF", "latin1");
  bytes[4] = kind;
  bytes[5] = data;
  bytes.writeUInt16LE(machine, 18);
  return bytes;
};

test("the architecture is that of the ELF header", () => {
  expect([62, 183].map((machine) => architectureOf(header(machine)))).toEqual(["x64", "arm64"]);
});

test.each([
  ["a script", Buffer.from("#!/bin/sh\nexec true\n"), "it is not an ELF file"],
  ["a file of a few bytes", Buffer.from("\x7fELF", "latin1"), "it is not an ELF file"],
  ["a program with 32 bits", header(62, 1), "it is not ELF with 64 bits in little-endian order"],
  ["a big-endian program", header(183, 2, 2), "it is not ELF with 64 bits in little-endian order"],
  ["a program for RISC-V", header(243), "its ELF machine is 243"],
])("%s has no known architecture", (_, bytes, message) => {
  expect(() => architectureOf(bytes)).toThrow(new RangeError(message));
});
