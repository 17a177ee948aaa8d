// SPDX-License-Identifier: MIT
// Compares a build with the one before it: the same inputs must give the same bytes.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BpfKernelError } from "./errors.mjs";

const inputs = { source: "source", compiler: "compiler", btf: "BTF" };

/**
 * Takes most objects from the work folder of an earlier build. What is compiled again is another part every
 * day, so that within `every` days each source was compiled twice.
 *
 * @param folder - the work folder of this build.
 * @returns `copy(path, object)`, which returns whether it took the object of the source.
 */
export function objectsOf(
  before,
  folder,
  { files, every, day = Math.floor(Date.now() / 86_400_000) },
) {
  if (!existsSync(join(before, "o")))
    throw new BpfKernelError(`${before} has no objects. Fix: build with --keep ${before}`, 3);
  return {
    copy(path, object) {
      if ((files.indexOf(path) + day) % every === 0) return false;
      copyFileSync(join(before, object), join(folder, object));
      return true;
    },
  };
}

/**
 * Checks that a build is equal to the one that a folder has.
 *
 * @param about - the `kernel.json` of the new build.
 * @throws BpfKernelError if there is no earlier build, its inputs differ, or the modules differ.
 */
export function assertSame(out, about) {
  const path = join(out, "kernel.json");
  if (!existsSync(path))
    throw new BpfKernelError(`${out} has no module to compare with. Fix: build without --again`, 3);
  const before = JSON.parse(readFileSync(path, "utf8"));
  const other = Object.keys(inputs).filter((name) => before[name] !== about[name]);
  if (other.length > 0) {
    const names = other.map((name) => inputs[name]).join(" and ");
    throw new BpfKernelError(`the module of ${out} was built with another ${names}`, 3);
  }
  if (before.sha256 !== about.sha256)
    throw new BpfKernelError(
      `the build is not reproducible: sha256 ${before.sha256} before, ${about.sha256} now`,
    );
}
