// SPDX-License-Identifier: MIT
// The table of docs/exec.md is what the filter of exec --subject does, for every number of a call.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { runFilter } from "../../../../packages/diagnose/src/seccomp/interpreter.ts";
import { type Call, type Kind, readCalls } from "../calls.mjs";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const native = path("../../../../packages/kernel-native/native");

type Arch = "x64" | "arm64";
/** What every-call.c tries: the arguments, by the name that it prints. */
const tries: Readonly<Record<string, readonly number[]>> = {
  zero: [0, 0, 0, 0, 0, 0],
  ones: [-1, -1, -1, -1, -1, -1],
  attach: [0, 0, 50, 0, 0, 0],
  "attach to many": [0, 0, 52, 0, 0, 0],
};
/** The first number of x32, and how many numbers of each ABI are tried. */
const [X32, NUMBERS] = [0x4000_0000, 1024] as const;
const numbers = [0, X32].flatMap((start) => Array.from({ length: NUMBERS }, (_, i) => start + i));
/** The calls of probes, which no filter sees. */
const unseen: readonly number[] = [335, 336, X32 + 335, X32 + 336];

/** What each kind of call must not be reported for. */
const passed: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  MAPPING: ["ones"],
  CREATING: ["zero", "attach", "attach to many"],
  SETTING: ["zero", "ones"],
};

/** The numbers that the table says are reported. */
function reported(arch: Arch, how: string): readonly number[] {
  const calls = new Map(readCalls().map((call: Call) => [call[arch], call]));
  return numbers.filter((nr) => {
    const kind = calls.get(nr)?.kind;
    return nr >= X32 || (kind !== undefined && passed[kind]?.includes(how) !== true);
  });
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "every-call-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles the program for a machine. Returns what runs it, or skips the test with a reason. */
function program(context: TestContext, arch: Arch): readonly [string, ...string[]] {
  const isOwn = arch === process.arch;
  const compiler = isOwn
    ? "cc"
    : { x64: "x86_64-linux-gnu-gcc", arm64: "aarch64-linux-gnu-gcc" }[arch];
  const out = join(folder, arch);
  const args = ["-O1", "-Wall", "-Wextra", "-Werror", "-static", "-pthread", "-I", native];
  const made = spawnSync(compiler, [...args, "-o", out, path("every-call.c")], {
    encoding: "utf8",
  });
  context.skip(made.error !== undefined, `there is no compiler for ${arch}: ${compiler}`);
  expect([made.status, made.stderr]).toEqual([0, ""]);
  const emulator = { x64: "qemu-x86_64", arm64: "qemu-aarch64" }[arch];
  const missing = !isOwn && spawnSync(emulator, ["--version"]).error !== undefined;
  context.skip(missing, `programs of ${arch}: there is no ${emulator}`);
  return isOwn ? [out] : [emulator, out];
}

const AUDIT_ARCH = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
const [NOTIFY, ALLOW] = [0x7fc0_0000, 0x7fff_0000] as const;

for (const arch of ["x64", "arm64"] as const) {
  test(`the filter of ${arch} reports the calls of the table, and lets all others pass`, (context) => {
    const [command, ...args] = program(context, arch);
    const { stdout } = spawnSync(command, [...args, "filter"], { encoding: "utf8" });
    const filter = new Uint8Array(Buffer.from(stdout.trim(), "hex"));
    expect(filter.length).toBeGreaterThan(0);
    for (const [how, values] of Object.entries(tries)) {
      const found = numbers.filter((nr) => {
        const data = new Map([
          [0, nr],
          [4, AUDIT_ARCH[arch]],
        ]);
        values.forEach((value, i) => {
          data.set(16 + 8 * i, value >>> 0).set(20 + 8 * i, value < 0 ? 0xffff_ffff : 0);
        });
        const result = runFilter(filter, data);
        expect([NOTIFY, ALLOW]).toContain(result.how === "returned" ? result.value : result);
        return result.how === "returned" && result.value === NOTIFY;
      });
      expect(found).toEqual(reported(arch, how));
    }
  });
}

test("a program that tries every number is reported for the calls of the table", (context) => {
  if (process.platform !== "linux") return context.skip("seccomp filters are those of Linux");
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const [command, ...args] = program(context, arch);
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  context.skip(status === 3, `this process may not install a filter: ${stderr.trim()}`);
  expect([status, stderr]).toEqual([0, ""]);
  const found = JSON.parse(stdout) as Record<string, readonly number[]>;
  for (const how of Object.keys(tries)) {
    const wanted = reported(arch, how);
    expect(found[how]).toEqual(
      arch === "x64" ? wanted.filter((nr) => !unseen.includes(nr)) : wanted,
    );
  }
});

test("the page has every call once", () => {
  const page = readFileSync(path("../../../../docs/exec.md"), "utf8");
  const [, table = ""] = page.split(/<!-- (?:Table generated|End of the generated)[^>]*-->/);
  const named = [...table.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(
    readCalls()
      .map(({ name }) => name)
      .sort(),
  );
});
