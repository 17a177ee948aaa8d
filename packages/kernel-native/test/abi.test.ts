// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { machines, notInstalled, required } from "./machines.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

test.for(Object.entries(machines))(
  "flags of open() are translated from x86-64 to %s, and back",
  ([arch, { cc, run }], context) => {
    const absent = notInstalled([cc, ...run.slice(0, 1)]);
    if (absent !== undefined && required) throw new Error(`required, but ${absent} is missing`);
    if (absent !== undefined) context.skip(`flags on ${arch}: ${absent} is not installed`);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-abi-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = join(folder, "abi");
    const flags = ["-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-I", path("../native")];
    const made = spawnSync(cc, [...flags, "-o", program, path("fixtures/abi.c")], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    const [first = program, ...args] = [...run, program];
    expect(spawnSync(first, args, { encoding: "utf8" }).stdout).toBe("1111111111\n");
  },
);
