// SPDX-License-Identifier: MIT
// A guest for arm64 whose first process is a C program of a test: user-mode emulation has neither ptrace
// nor seccomp filters.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ArchiveEntry, guestsFolder, packCpio } from "@bpf-token/kernel-native";
import { expect, onTestFinished, type TestContext } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const native = path("../../../kernel-native/native");
const kernel = join(guestsFolder(), "6.12-arm64", "vmlinuz");
const compiler = process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc";
const emulator = "qemu-system-aarch64";
/** A guest that has not ended by then never will. */
const BOOT_MS = 600_000;

/** Whether this run must not skip tests of guests. */
export const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");

// Like the suite, this guest is tested in the runs that name it.
const named = process.env.BPF_TOKEN_TEST_GUESTS?.split(",").map((name) => name.trim());
/** Whether this run tests the guest. */
export const tested: boolean = named?.includes("6.12-arm64") !== false;

/** The path of a program of the package, built for arm64. */
export const built = (name: string): string =>
  path(`../../../kernel-native/prebuilds/linux-arm64/${name}`);

/**
 * Skips a test with a reason if the guest cannot be started with these files: without its kernel, an
 * emulator, or a compiler.
 */
export function need(context: TestContext, files: readonly string[]): void {
  const programs = [compiler, emulator]
    .filter((program) => spawnSync(program, ["--version"]).error)
    .map((program) => `${program} is not installed`);
  const absent = [kernel, ...files]
    .filter((file) => !existsSync(file))
    .map((file) => `there is no ${file}`);
  const [why] = [...programs, ...absent];
  if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
  if (why !== undefined) context.skip(`guest:6.12-arm64: ${why}`);
}

/** Compiles a program for the guest from files of C, and returns it. */
export function compileForGuest(sources: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "guest-program-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "program");
  const flags = ["-static", "-O1", "-Wall", "-Wno-unused-result", "-I", native, "-o", program];
  const made = spawnSync(compiler, [...flags, ...sources], { encoding: "utf8" });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  return readFileSync(program);
}

/**
 * Boots the guest with a C program as its first process.
 *
 * @param source - the first process, in `fixtures`, and further files of `native`.
 * @param name - in the guest, of the program that is tested.
 * @returns the lines between `BEGIN` and `STATUS`, and the status.
 */
export function boot(
  context: TestContext,
  [source = "", ...more]: readonly string[],
  name: string,
  program: string,
): Printed {
  need(context, [program]);
  const sources = [path(`../fixtures/${source}`), ...more.map((file) => join(native, file))];
  return bootFiles([
    { name: "dev", mode: 0o040755 },
    { name: "dev/console", mode: 0o020600, device: [5, 1] },
    { name: "init", mode: 0o100755, data: compileForGuest(sources) },
    { name, mode: 0o100755, data: readFileSync(program) },
  ]);
}

/** What a guest printed. */
export interface Printed {
  readonly text: string;
  readonly status: string | undefined;
}

/** Boots the guest with these files, one of which is `init`; `memory` in MiB. */
export function bootFiles(files: readonly ArchiveEntry[], memory = 512): Printed {
  const folder = mkdtempSync(join(tmpdir(), "guest-arm64-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const initramfs = join(folder, "initramfs");
  writeFileSync(initramfs, packCpio(files));
  const console = "console=ttyAMA0 quiet rdinit=/init panic=-1";
  const { stdout } = spawnSync(
    emulator,
    [
      ...["-machine", "virt", "-cpu", "cortex-a72", "-accel", "tcg", "-smp", "1"],
      ...["-m", `${memory}M`, "-no-user-config", "-nodefaults", "-no-reboot"],
      ...["-display", "none", "-serial", "stdio"],
      ...["-kernel", kernel, "-initrd", initramfs, "-append", console],
    ],
    { encoding: "utf8", timeout: BOOT_MS, stdio: ["ignore", "pipe", "inherit"] },
  );
  const [, text = stdout.slice(-500), status] =
    /BEGIN\n([\s\S]*)STATUS (\d+)/.exec(stdout.replaceAll("\r", "")) ?? [];
  return { text, status };
}
