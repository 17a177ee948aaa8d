// SPDX-License-Identifier: MIT
import type { DiffSubject } from "@bpf-token/scenario";
import { decidedBy } from "../../../diff/places.js";
import { KernelPool } from "../../../subjects/pool.js";
import type { Context } from "../../command.js";
import { chooseComparable } from "../../input/kernels.js";
import type { BuiltPatch } from "./build.js";

/** Opens both versions of a patch. The caller closes them. */
export async function openBoth(
  context: Context,
  { names }: Pick<BuiltPatch, "names">,
): Promise<{ readonly subjects: readonly DiffSubject[]; close(): void }> {
  const pools: KernelPool[] = [];
  const subjects: DiffSubject[] = [];
  for (const name of names) {
    const choice = await chooseComparable(name, context);
    const pool = new KernelPool(choice);
    pools.push(pool);
    const { release, own, exits } = choice;
    subjects.push({
      name,
      release,
      own,
      ...(exits && { places: (scenario) => decidedBy(exits, scenario) }),
      run: (scenario) => pool.run(scenario),
    });
  }
  const close = (): void => {
    for (const pool of pools) pool.close();
  };
  return { subjects, close };
}
