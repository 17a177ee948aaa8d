// SPDX-License-Identifier: MIT
// The kernel's own tests of the verifier, compiled from the source of a release.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { inParallel } from "../../../build/core/lib/parallel.mjs";
import { programRunner } from "../../../build/kernel-bpf/lib/programs.mjs";
import { findArchive } from "../../../build/kernel-bpf/lib/source.mjs";

const parts = ["tools/testing/selftests/bpf", "tools/lib/bpf", "tools/include", "scripts"];
const headers = ["bpf_helpers", "bpf_tracing", "bpf_core_read", "bpf_endian"];
const tests = "src/tools/testing/selftests/bpf";
const include = ["inc", tests, `${tests}/libarena/include`, "src/tools/include/uapi"];
const flags = [
  ...["-g", "-O2", "--target=bpfel", "-mcpu=v3", "-mlittle-endian", "-D__TARGET_ARCH_x86"],
  ...["-DENABLE_ATOMICS_TESTS", "-Wno-everything", ...include.map((path) => `-I${path}`)],
  ...["-idirafter", "src/tools/include", "-idirafter", "/usr/include"],
  ...["-idirafter", "/usr/include/x86_64-linux-gnu"],
];

/** Chooses the tests named `verifier_*` whose names contain one of these words. */
export const verifierTests = (words) => (name) =>
  name.startsWith("verifier_") && words.some((word) => name.includes(word));

/**
 * Compiles programs of the kernel's tests of a release.
 *
 * @param wanted - whether to compile a program, by its name without `.c`.
 * @param btf - a file with the BTF of the release's kernel, for vmlinux.h.
 * @param use - gets the paths of the objects; they are removed afterwards.
 */
export async function withSelftests({ release, guests, btf, clang, wanted }, use) {
  const source = findArchive(release, { source: undefined, guests });
  const work = mkdtempSync(join(tmpdir(), "bpf-selftests-"));
  try {
    const run = await programRunner(work);
    for (const name of ["src", "inc/bpf", "o"]) mkdirSync(join(work, name), { recursive: true });
    copyFileSync(source, join(work, "source"));
    const options = ["--strip-components=1", "--no-same-owner", "--anchored", "--wildcards"];
    const patterns = parts.map((part) => `*/${part}`);
    await run("tar", ["-x", ...options, "-C", "src", "-f", "source", ...patterns], source);
    await writeHeaders(run, work, btf);
    const progs = `${tests}/progs`;
    const files = readdirSync(join(work, progs)).filter(
      (name) => name.endsWith(".c") && wanted(name.slice(0, -2)),
    );
    const compiled = await inParallel(files.sort(), availableParallelism(), async (name) => {
      const object = `o/${name.replace(/\.c$/, ".o")}`;
      const args = [...flags, "-c", `${progs}/${name}`, "-o", object];
      return run(clang, args, name).then(
        () => join(work, object),
        () => console.log(`not compiled: ${name}`),
      );
    });
    return await use(compiled.filter(Boolean));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes vmlinux.h with bpftool, and the headers of libbpf. */
async function writeHeaders(run, work, btf) {
  const dump = ["btf", "dump", "file", btf, "format", "c"];
  const { status, stdout } = spawnSync("bpftool", dump, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error("bpftool cannot print the BTF. Fix: apt install bpftool");
  writeFileSync(join(work, "inc/vmlinux.h"), stdout);
  for (const name of headers)
    copyFileSync(join(work, `src/tools/lib/bpf/${name}.h`), join(work, `inc/bpf/${name}.h`));
  const script = "src/scripts/bpf_doc.py";
  const args = [script, "--header", "--file", "src/tools/include/uapi/linux/bpf.h"];
  const { stdout: helpers } = await run("python3", args, "bpf_helper_defs.h");
  writeFileSync(join(work, "inc/bpf/bpf_helper_defs.h"), helpers);
}
