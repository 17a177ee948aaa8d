// SPDX-License-Identifier: MIT
// Compares a build with the one before it: the same inputs must give the same bytes.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BpfKernelError } from "./errors.mjs";

const inputs = { source: "source", compiler: "compiler", btf: "BTF" };

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
