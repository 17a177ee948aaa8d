// SPDX-License-Identifier: MIT
// Compiles the kernel's selftests of tokens, with libbpf of the same source, to one program.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { btfOfImage } from "../../../build/kernel-bpf/lib/btf.mjs";
import { findArchive } from "../../../build/kernel-bpf/lib/source.mjs";

const own = fileURLToPath(new URL("../native", import.meta.url));
const selftests = "src/tools/testing/selftests/bpf";
const libbpf = "src/tools/lib/bpf";
const parts = [
  ...[selftests, libbpf, "src/tools/include", "src/tools/arch/x86/include"],
  "src/scripts/bpf_doc.py",
];
const uapi = "src/tools/include/uapi";
const include = ["inc", "src/tools/lib", libbpf, selftests, "src/tools/include", uapi];
const libbpfFlags = ["-D_GNU_SOURCE", "-D_LARGEFILE64_SOURCE", "-D_FILE_OFFSET_BITS=64"];

/** The programs that the build needs, and their Debian packages. */
const needed = { gcc: "gcc", "clang-19": "clang-19", bpftool: "bpftool", python3: "python3" };

/** Upstream's files in the program, for a page. */
export const upstreamFiles = [
  "prog_tests/token.c, unchanged",
  "cap_helpers.c",
  "the BPF programs that token.c includes as skeletons",
  "tools/lib/bpf",
];

/**
 * Compiles the tests of a release in a folder.
 *
 * @param image - the kernel image (`vmlinux`) with the BTF of the release.
 * @returns the path of the program.
 */
export function buildSelftests({ release, guests, image, folder }) {
  const missing = Object.keys(needed).filter((name) => !runs(name));
  if (missing.length > 0)
    throw new Error(
      `not installed: ${missing.join(", ")}. Fix: apt install ${missing.map((name) => needed[name]).join(" ")} libelf-dev zlib1g-dev`,
    );
  const archive = findArchive(release, { source: undefined, guests });
  const run = runner(folder);
  for (const name of ["src", "inc/bpf", "o"]) mkdirSync(join(folder, name), { recursive: true });
  const patterns = parts.map((part) => part.replace(/^src/, "*"));
  const options = ["--strip-components=1", "--no-same-owner", "--anchored", "--wildcards"];
  run("tar", ["-xf", archive, ...options, "-C", "src", ...patterns]);
  writeHeaders(run, folder, image);
  const test = `${selftests}/prog_tests/token.c`;
  const skeletons = run("grep", ["-oP", '(?<=^#include ")\\w+(?=\\.skel\\.h)', test]);
  for (const name of skeletons.split("\n").filter(Boolean)) buildSkeleton(run, folder, name);
  const flags = ["-O1", "-w", ...include.map((path) => `-I${path}`)];
  const libraryFiles = readdirSync(join(folder, libbpf)).filter((name) => name.endsWith(".c"));
  const sources = [test, `${selftests}/cap_helpers.c`, join(own, "main.c")];
  run("gcc", [...flags, "-c", "-o", "o/token.o", test]);
  run("gcc", [...flags, "-c", "-o", "o/caps.o", sources[1]]);
  const library = libraryFiles.map((name) => `${libbpf}/${name}`);
  const links = ["-lelf", "-lz"];
  const all = [...flags, ...libbpfFlags, "-o", "token-test", sources[2], "o/token.o", "o/caps.o"];
  run("gcc", [...all, ...library, ...links]);
  return join(folder, "token-test");
}

function runs(name) {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}

function runner(cwd) {
  return (program, args) => {
    const done = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 27 });
    if (done.status === 0) return done.stdout;
    const lines = (done.stderr ?? `${done.error}`).split("\n").filter((line) => /error/.test(line));
    throw new Error(`${program} failed: ${(lines[0] ?? done.stderr ?? "").slice(0, 300)}`);
  };
}

/** Writes vmlinux.h, and the headers of libbpf. */
function writeHeaders(run, folder, image) {
  writeFileSync(join(folder, "vmlinux.btf"), btfOfImage(image).btf);
  const dump = run("bpftool", ["btf", "dump", "file", "vmlinux.btf", "format", "c"]);
  writeFileSync(join(folder, "inc/vmlinux.h"), dump);
  run("sh", ["-c", `cp ${libbpf}/*.h inc/bpf/`]);
  const helpers = ["src/scripts/bpf_doc.py", "--header", "--file", `${uapi}/linux/bpf.h`];
  writeFileSync(join(folder, "inc/bpf/bpf_helper_defs.h"), run("python3", helpers));
}

/** Compiles a BPF program and its skeleton. */
function buildSkeleton(run, folder, name) {
  const flags = ["-g", "-O2", "--target=bpfel", "-mcpu=v3", "-D__TARGET_ARCH_x86", "-w"];
  const paths = ["-Iinc", `-I${selftests}`, `-I${uapi}`];
  const object = `o/${name}.bpf.o`;
  run("clang-19", [...flags, ...paths, "-c", `${selftests}/progs/${name}.c`, "-o", object]);
  const text = run("bpftool", ["gen", "skeleton", object, "name", name]);
  writeFileSync(join(folder, "inc", `${name}.skel.h`), text);
}
