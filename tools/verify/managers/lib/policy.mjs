// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CannotError } from "../../../guest/lib/errors.mjs";
import { load } from "../../../guest/lib/package.mjs";
import { run } from "../../../guest/lib/run.mjs";
import { onPath, root } from "../../../lib/run.mjs";

const source = "packages/bpf-token/test/fixtures/count.bpf.c";

/**
 * Compiles an object and computes its policy for libbpf.
 *
 * @param dialect - the manager.
 * @returns the path of the object; the settings, complete and without one bit of each mask.
 */
export async function policyOfObject(dialect, work) {
  const clang = ["clang-19", "clang"].find((name) => onPath(name));
  if (clang === undefined) throw new CannotError("clang is not installed");
  const object = join(work, "count.bpf.o");
  run(
    clang,
    ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-c", join(root, source), "-o", object],
    work,
  );
  const { parseObject } = await load("object");
  const { bitOf, delegationMasks, delegationOf, formatDelegation } = await load("delegation");
  const { policyOf } = await import("../../../../packages/bpf-token/dist/policy/index.js");
  const spec = parseObject(readFileSync(object));
  const { delegation, capabilities, reasons } = policyOf([{ file: "count.bpf.o", object: spec }]);
  const masks = delegationMasks(delegation);
  const print = (some) => formatDelegation(delegationOf(some), dialect, { capabilities });
  const required = reasons.filter(({ axis, required }) => required && axis !== "caps");
  const less = required.map(({ axis, name }) => {
    const without = { ...masks, [axis]: masks[axis] & ~(1n << BigInt(bitOf(axis, name))) };
    return { axis, name, lines: print(without) };
  });
  return { object, settings: { full: print(masks), less } };
}
