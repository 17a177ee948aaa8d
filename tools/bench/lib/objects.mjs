// SPDX-License-Identifier: MIT
// How long it takes to parse an object and plan its load, by size, and to parse the BTF of the
// running kernel. Each sample is a new process, because the first object of a process costs more.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFile } from "../../../packages/object/test/compile.mjs";
import { sourceOf } from "./object-source.mjs";
import { node } from "./processes.mjs";
import { row } from "./stats.mjs";

const CHILD = fileURLToPath(new URL("./objects-child.mjs", import.meta.url));
const VMLINUX = "/sys/kernel/btf/vmlinux";

/** Number of programs by size: 10 kB, 100 kB, 1 MB. */
const classes = { small: 2, medium: 40, large: 400 };

/** Rows, or the reason why there are none. */
export function objectRows(times) {
  if (!existsSync(VMLINUX)) return { rows: [], why: `object: there is no ${VMLINUX}` };
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    const objects = Object.entries(classes).map(([name, programs]) => {
      const source = join(folder, `${name}.c`);
      writeFileSync(source, sourceOf(programs));
      return { name, path: join(folder, `${name}.o`), bytes: compileFile(source) };
    });
    if (objects.some(({ bytes }) => bytes === undefined)) {
      return { rows: [], why: "object: no clang found" };
    }
    for (const { path, bytes } of objects) writeFileSync(path, bytes);
    return objects.flatMap(({ name, path, bytes }) => {
      const answers = ask(path, times);
      return [...ofKernel(name, answers), ...ofObject(name, bytes.length, answers)];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The answers of new processes. */
function ask(path, times) {
  return Array.from({ length: times }, () => {
    const { status, stdout, stderr } = node(["--expose-gc", CHILD, VMLINUX, path]);
    if (status !== 0) throw new Error(`an object could not be measured:\n${stderr}`);
    return JSON.parse(stdout);
  });
}

/** Parsing the kernel's BTF does not depend on the object, so one row is enough. */
function ofKernel(name, answers) {
  if (name !== "small") return [];
  const ready = answers.map((one) => one.ready);
  return [row("object: kernel BTF ready, CPU time", "ms", ready)];
}

function ofObject(name, size, answers) {
  const of = (what, unit, take) => row(`object, ${name}: ${what}`, unit, answers.map(take));
  return [
    row(`object, ${name}`, "bytes", [size]),
    of("plan of the first, CPU time", "ms", ({ first }) => first),
    of("plan of a later one, CPU time per kB", "us", ({ later }) => (1024 * later) / size),
    of("memory per byte", "bytes", ({ kept }) => kept / size),
  ];
}
