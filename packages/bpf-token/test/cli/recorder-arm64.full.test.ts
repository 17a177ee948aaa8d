// SPDX-License-Identifier: MIT
// The recorder for arm64, in a guest: user-mode emulation has no ptrace.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RecordingParser, replayCalls } from "@bpf-token/diagnose";
import { guestsFolder, packCpio } from "@bpf-token/kernel-native";
import { expect, onTestFinished, type TestContext, test } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const recorder = path("../../../kernel-native/prebuilds/linux-arm64/bpf-token-record");
const kernel = join(guestsFolder(), "6.12-arm64", "vmlinuz");
const compiler = process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc";
const emulator = "qemu-system-aarch64";

const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");

/** Why the guest cannot be started; undefined if it can. */
function missing(): string | undefined {
  for (const program of [compiler, emulator]) {
    if (spawnSync(program, ["--version"]).error) return `${program} is not installed`;
  }
  return [kernel, recorder]
    .filter((file) => !existsSync(file))
    .map((file) => `there is no ${file}`)[0];
}

test("the recorder for arm64 names what user-mode emulation does not have", (context) => {
  const program = "qemu-aarch64";
  const lacks = spawnSync(program, ["--version"]).error || !existsSync(recorder);
  const why = `${program} or the recorder for arm64 is not there`;
  if (lacks && required) throw new Error(`required, and not possible: ${why}`);
  if (lacks) return context.skip(why);
  const { status, stderr } = spawnSync(program, [recorder, "-o", "/dev/null", "--", "true"], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([
    126,
    "bpf-token-record: this machine does not permit ptrace\n",
  ]);
});

// Like the suite, this guest is tested in the runs that name it.
const named = process.env.BPF_TOKEN_TEST_GUESTS?.split(",").map((name) => name.trim());
const tested = named?.includes("6.12-arm64") !== false;

const limit = { timeout: 300_000 };
if (tested) test("the recorder for arm64 follows a program and its filters", limit, follows);

function follows(context: TestContext): void {
  const why = missing();
  if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
  if (why !== undefined) context.skip(`guest:6.12-arm64: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), "recorder-arm64-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const init = join(folder, "init");
  const source = path("../fixtures/recorded-init.c");
  const made = spawnSync(compiler, ["-static", "-O1", "-Wall", "-o", init, source], {
    encoding: "utf8",
  });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  const archive = packCpio([
    { name: "dev", mode: 0o040755 },
    { name: "dev/console", mode: 0o020600, device: [5, 1] },
    { name: "init", mode: 0o100755, data: readFileSync(init) },
    { name: "record", mode: 0o100755, data: readFileSync(recorder) },
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
  const [, recording = "", status] =
    /BEGIN\n([\s\S]*)STATUS (\d+)/.exec(stdout.replaceAll("\r", "")) ?? [];
  expect([status, stdout.slice(-500)]).toEqual(["42", expect.any(String)]);
  expect(recording).toContain('"arch":"arm64"');
  const parser = new RecordingParser();
  const events = recording.split("\n").flatMap((line) => parser.parse(line) ?? []);
  const found = replayCalls(events).map(({ id, outcome }) => [id, outcome]);
  expect(found).toEqual([
    ["map.create.sysctl", "explained"],
    ["trace.seccomp", "explained"],
  ]);
}
