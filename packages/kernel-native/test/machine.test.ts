// SPDX-License-Identifier: MIT
// What the headers of each machine say, compared with what `exec --subject` translates.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { O } from "@bpf-token/uapi";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import {
  STAT_SIZE,
  statSize,
  translateFdinfo,
  translateOpenFlags,
  translateOpenHow,
  translateStat,
} from "../src/program/machine.ts";
import { machines, notInstalled, required } from "./machines.ts";

const source = fileURLToPath(new URL("fixtures/machine.c", import.meta.url));

/** The names that the fixture prints, with their numbers. */
function headersOf(context: TestContext, arch: keyof typeof machines) {
  const { cc, run } = machines[arch];
  const absent = notInstalled([cc, ...run.slice(0, 1)]);
  if (absent !== undefined && required) throw new Error(`required, but ${absent} is missing`);
  if (absent !== undefined) return context.skip(`headers of ${arch}: ${absent} is not installed`);
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-machine-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "machine");
  const made = spawnSync(cc, ["-Wall", "-Werror", "-o", program, source], { encoding: "utf8" });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  const [first = program, ...args] = [...run, program];
  const { stdout } = spawnSync(first, args, { encoding: "utf8" });
  const lines = stdout.trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [name = "", ...numbers] = line.split(" ");
      return [name, numbers.map(Number)] as const;
    }),
  );
}

describe.each(["x64", "arm64"] as const)("on %s", (arch) => {
  test("each field of struct stat is where the headers have it", (context) => {
    const [x64, here] = [headersOf(context, "x64"), headersOf(context, arch)];
    const stat = Uint8Array.from({ length: STAT_SIZE }, (_, i) => i + 1);
    const translated = translateStat(stat, arch);
    expect([translated.length, statSize(arch)]).toEqual([
      here.get("stat")?.[0],
      here.get("stat")?.[0],
    ]);
    const fields = [...here].filter(([name]) => name.startsWith("st_"));
    expect(fields).toHaveLength(16);
    for (const [name, [to = -1, size = 0]] of fields) {
      const [from = -1, longest = 0] = x64.get(name) ?? [];
      const length = Math.min(size, longest);
      expect([name, ...translated.subarray(to, to + length)]).toEqual([
        name,
        ...stat.subarray(from, from + length),
      ]);
    }
  });

  test("open flags are those of the headers, in both directions", (context) => {
    const flags = [...headersOf(context, arch)].filter(([name]) => name.startsWith("O_"));
    expect(flags).toHaveLength(9);
    for (const [name, [here = 0]] of flags) {
      const flag = BigInt((O as Readonly<Record<string, number>>)[name.slice(2)] ?? -1);
      // 64-bit machines have no O_LARGEFILE for programs, but the kernel shows it.
      if (name === "O_LARGEFILE" && here === 0) continue;
      expect([name, translateOpenFlags(BigInt(here), arch)]).toEqual([name, flag]);
      expect([name, translateOpenFlags(flag, arch)]).toEqual([name, BigInt(here)]);
    }
  });
});

test("flags that a machine does not have stay what they are, of all 64 bits", () => {
  expect(translateOpenFlags(1n << 40n, "arm64")).toBe(1n << 40n);
  expect(translateOpenFlags((1n << 64n) - 1n, "arm64")).toBe((1n << 64n) - 1n);
});

test("the flags of struct open_how are translated in place; a shorter structure is not", () => {
  const how = new Uint8Array(24);
  how.set([0, 0x40, 0x08], 0);
  translateOpenHow(how, "arm64");
  expect([...how.subarray(0, 8)]).toEqual([0, 0, 0x09, 0, 0, 0, 0, 0]);
  const short = new Uint8Array([0, 0x40, 0, 0]);
  translateOpenHow(short, "arm64");
  expect([...short]).toEqual([0, 0x40, 0, 0]);
});

test("the flags in fdinfo are translated, and nothing else", () => {
  const text = "pos:\t0\nflags:\t02300000\nmnt_id:\t300000\n";
  expect(translateFdinfo(text, "arm64")).toBe("pos:\t0\nflags:\t02440000\nmnt_id:\t300000\n");
  expect(translateFdinfo(text, "x64")).toBe(text);
});
