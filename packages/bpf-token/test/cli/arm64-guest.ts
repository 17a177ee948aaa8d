// SPDX-License-Identifier: MIT
// A guest for arm64 whose first process is a C program of a test: user-mode emulation has neither ptrace
// nor seccomp filters.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestsFolder, packCpio } from "@bpf-token/kernel-native";
import { expect, onTestFinished, type TestContext } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const native = path("../../../kernel-native/native");
const kernel = join(guestsFolder(), "6.12-arm64", "vmlinuz");
const compiler = process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc";
const emulator = "qemu-system-aarch64";

/** Whether this run must not skip tests of guests. */
export const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");

// Like the suite, this guest is tested in the runs that name it.
const named = process.env.BPF_TOKEN_TEST_GUESTS?.split(",").map((name) => name.trim());
/** Whether this run tests the guest. */
export const tested: boolean = named?.includes("6.12-arm64") !== false;

/** The path of a program of the package, built for arm64. */
export const built = (name: string): string =>
  path(`../../../kernel-native/prebuilds/linux-arm64/${name}`);

/** Why the guest cannot be started; undefined if it can. */
function missing(program: string): string | undefined {
  for (const needed of [compiler, emulator]) {
    if (spawnSync(needed, ["--version"]).error) return `${needed} is not installed`;
  }
  return [kernel, program]
    .filter((file) => !existsSync(file))
    .map((file) => `there is no ${file}`)[0];
}

/**
 * Boots the guest. Skips the test with a reason if that is not possible.
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
): { text: string; status: string | undefined } {
  const why = missing(program);
  if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
  if (why !== undefined) context.skip(`guest:6.12-arm64: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), "guest-arm64-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const init = join(folder, "init");
  const sources = [path(`../fixtures/${source}`), ...more.map((file) => join(native, file))];
  const flags = ["-static", "-O1", "-Wall", "-I", native, "-o", init];
  const made = spawnSync(compiler, [...flags, ...sources], { encoding: "utf8" });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  const archive = packCpio([
    { name: "dev", mode: 0o040755 },
    { name: "dev/console", mode: 0o020600, device: [5, 1] },
    { name: "init", mode: 0o100755, data: readFileSync(init) },
    { name, mode: 0o100755, data: readFileSync(program) },
  ]);
  const initramfs = join(folder, "initramfs");
  writeFileSync(initramfs, archive);
  const console = "console=ttyAMA0 quiet rdinit=/init panic=-1";
  const { stdout } = spawnSync(
    emulator,
    [
      ...["-machine", "virt", "-cpu", "cortex-a72", "-accel", "tcg", "-smp", "1", "-m", "512M"],
      ...["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"],
      ...["-kernel", kernel, "-initrd", initramfs, "-append", console],
    ],
    { encoding: "utf8", timeout: 240_000, stdio: ["ignore", "pipe", "inherit"] },
  );
  const [, text = stdout.slice(-500), status] =
    /BEGIN\n([\s\S]*)STATUS (\d+)/.exec(stdout.replaceAll("\r", "")) ?? [];
  return { text, status };
}
