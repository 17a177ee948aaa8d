// SPDX-License-Identifier: MIT
// Runs static programs in a guest, without an executor.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packCpio } from "@bpf-token/kernel-native";

/** A C compiler of this machine. */
export const compiler: string | undefined = ["cc", "gcc", "clang-19", "clang"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);

/** Compiles a C program that needs no library. */
export function compileStatic(source: string, program: string): void {
  const flags = ["-static", "-O1", "-Wall", "-Wextra", "-Werror"];
  execFileSync(compiler ?? "cc", [...flags, "-o", program, source]);
}

/** A program, and the arguments with which it runs. */
export interface GuestProgram {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
}

/** The first process of a guest: runs what /list names, and turns the guest off. */
const init = `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	FILE *list = fopen("/list", "r");
	char *line = NULL, *words[1000];
	size_t size = 0;
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	int console = open("/dev/ttyS0", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(console, fd);
	while (list && getline(&line, &size, list) > 0) {
		int count = 0;
		for (char *word = strtok(line, " \\n"); word && count < 999; word = strtok(NULL, " \\n"))
			words[count++] = word;
		words[count] = NULL;
		printf("== %s\\n", words[0]);
		fflush(stdout);
		if (fork() == 0) {
			execv(words[0], words);
			_exit(9);
		}
		wait(NULL);
	}
	sync();
	return reboot(RB_POWER_OFF);
}
`;

/**
 * Runs programs in a guest one after the other.
 *
 * @param kernel - the path of its kernel.
 * @param folder - for the files of the guest.
 * @param files - further files, by name.
 * @returns what each program printed, by its name.
 */
export function runInGuest(
  kernel: string,
  folder: string,
  programs: readonly GuestProgram[],
  files: Readonly<Record<string, Uint8Array>> = {},
): ReadonlyMap<string, string> {
  const inside = (name: string): string => join(folder, name);
  writeFileSync(inside("init.c"), init);
  compileStatic(inside("init.c"), inside("init"));
  const list = programs.map(({ name, args }) => `${[name, ...args].join(" ")}\n`).join("");
  const archive = packCpio([
    { name: "dev", mode: 0o040755 },
    { name: "dev/console", mode: 0o020600, device: [5, 1] },
    { name: "init", mode: 0o100755, data: readFileSync(inside("init")) },
    { name: "list", mode: 0o100644, data: Buffer.from(list) },
    ...programs.map(({ name, path }) => ({ name, mode: 0o100755, data: readFileSync(path) })),
    ...Object.entries(files).map(([name, data]) => ({ name, mode: 0o100644, data })),
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
