// SPDX-License-Identifier: MIT
// Differences between 6.12 and 7.3 as C programs, on the running kernel and in guests of both releases.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release as linux, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packCpio, probeGuest, probeNative } from "@bpf-token/kernel-native";
import { factsRelease } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

const scenarios = new URL("../../../conformance/scenarios/", import.meta.url);
/** Harmless differences of the suite: answers, memory, and texts. */
const names = [
  "bpf-commands",
  "bpf-union-size",
  "btf-fields",
  "btf-layout",
  "fs-move-mount-ends",
  "info-token",
  "map-create-btf-types",
  "map-create-token",
  "map-elem-array",
  "option-names",
  "prog-verifier-perfmon",
  "token-covers",
  "token-fdinfo",
  "xattr-arguments",
  "xattr-bpffs",
] as const;

const compiler = ["cc", "gcc", "clang-19", "clang"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const native = probeNative();
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");
let folder = "";
const inside = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-repro-"));
  if (compiler === undefined) return;
  for (const name of names) {
    const file = fileURLToPath(new URL(`${name}.yaml`, scenarios));
    const words = ["--subjects", "model@6.12,model@7.3", "--c", inside(`${name}.c`)];
    const { code, err } = await cli(["diff", file, ...words]);
    expect([name, code, err]).toEqual([name, 0, ""]);
    compile(name);
  }
  writeFileSync(inside("init.c"), init);
  compile("init");
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

function compile(name: string): void {
  const flags = ["-static", "-O1", "-Wall", "-Wextra", "-Werror"];
  execFileSync(compiler ?? "cc", [...flags, "-o", inside(name), inside(`${name}.c`)]);
}

/** The first process of a guest: runs all programs, and turns the guest off. */
const init = `#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	struct dirent *entry;
	DIR *programs = opendir("/programs");
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	int console = open("/dev/ttyS0", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(console, fd);
	while (programs && (entry = readdir(programs))) {
		char path[300];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/programs/%s", entry->d_name);
		printf("== %s\\n", entry->d_name);
		fflush(stdout);
		if (fork() == 0) {
			execl(path, path, (char *)NULL);
			_exit(9);
		}
		wait(NULL);
	}
	sync();
	return reboot(RB_POWER_OFF);
}
`;

/** Runs all programs in a guest; returns what each printed. */
function runInGuest(kernel: string): ReadonlyMap<string, string> {
  const archive = packCpio([
    { name: "dev", mode: 0o040755 },
    { name: "dev/console", mode: 0o020600, device: [5, 1] },
    { name: "programs", mode: 0o040755 },
    { name: "init", mode: 0o100755, data: readFileSync(inside("init")) },
    ...names.map((name) => ({
      name: `programs/${name}`,
      mode: 0o100755,
      data: readFileSync(inside(name)),
    })),
  ]);
  writeFileSync(inside("guest.cpio"), archive);
  const machine = ["-cpu", "max", "-accel", "tcg", "-m", "512M", "-no-user-config", "-nodefaults"];
  const output = ["-no-reboot", "-display", "none", "-serial", "stdio"];
  const append = "console=ttyS0 quiet rdinit=/init panic=-1 oops=panic";
  const boot = ["-kernel", kernel, "-initrd", inside("guest.cpio"), "-append", append];
  const { stdout } = spawnSync("qemu-system-x86_64", [...machine, ...output, ...boot], {
    encoding: "utf8",
    timeout: 600_000,
  });
  const parts = stdout.replaceAll("\r", "").split(/^== /m).slice(1);
  return new Map(
    parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
  );
}

const noCompiler = compiler === undefined ? "there is no C compiler" : undefined;

describe("C programs of differences between 6.12 and 7.3", { timeout: 1_200_000 }, () => {
  test.for(["6.12", "7.3"] as const)("in the guest %s", (guest, context) => {
    const { kernel, why = noCompiler } = probeGuest(guest);
    if (why !== undefined || kernel === undefined) {
      if (required) throw new Error(`required, and not possible: ${why}`);
      return context.skip(`guest:${guest}: ${why}`);
    }
    const outputs = runInGuest(kernel);
    for (const name of names) {
      const text = outputs.get(name) ?? "";
      expect(text, name).toContain(`\n1..1\nok 1 - answered as model@${guest}: `);
    }
  });

  const missing = noCompiler ?? (native.ok ? undefined : native.why);
  test("on the running kernel", async (context) => {
    if (missing !== undefined) return context.skip(`C programs: ${missing}`);
    const here = factsRelease(linux());
    for (const name of names) {
      const { stdout } = spawnSync(inside(name), { encoding: "utf8" });
      const [, as] = /\nok 1 - answered as (model@\S+): /.exec(stdout) ?? [];
      expect(as, `${name}: ${stdout}`).toBeDefined();
      // The model of this release agrees with the named one in the same step.
      const file = fileURLToPath(new URL(`${name}.yaml`, scenarios));
      if (as === `model@${here}`) continue;
      const other = as === "model@6.12" ? "model@7.3" : "model@6.12";
      const own = inside("own.c");
      const words = ["--subjects", `model@${here},${other}`, "--c", own];
      const { code, err } = await cli(["diff", file, ...words]);
      expect([name, code, err]).toEqual([name, 0, ""]);
      compile("own");
      const again = spawnSync(inside("own"), { encoding: "utf8" });
      expect(again.stdout, name).toContain(`ok 1 - answered as model@${here}: `);
    }
  });
});
