// SPDX-License-Identifier: MIT
import type { Scenario, Step } from "@bpf-token/scenario";

/** Removes items, large pieces first, while the rest still passes. */
function smallest<T>(items: readonly T[], still: (items: readonly T[]) => boolean): readonly T[] {
  let left = items;
  for (let size = Math.max(1, left.length >> 1); size >= 1; size >>= 1) {
    for (let at = left.length - size; at >= 0; at -= size) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (still(without)) left = without;
    }
  }
  return left;
}

/**
 * Returns a shorter input with smaller numbers that is still a finding.
 *
 * @example
 * ```ts
 * const small = minimizeInput(input, (some) => fuzzer.replay(some) !== undefined);
 * ```
 */
export function minimizeInput(
  input: Uint8Array,
  isFinding: (input: Uint8Array) => boolean,
): Uint8Array {
  let bytes = [...smallest([...input], (some) => isFinding(Uint8Array.from(some)))];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0) continue;
    const with0 = bytes.map((byte, i) => (i === at ? 0 : byte));
    if (isFinding(Uint8Array.from(with0))) bytes = with0;
  }
  return Uint8Array.from(bytes);
}

/**
 * Returns a scenario with fewer steps that is still a finding.
 *
 * @example
 * ```ts
 * const least = minimizeScenario(scenario, (some) => {
 *   return run(createKernel(), some).outcome === "failed";
 * });
 * ```
 */
export function minimizeScenario(
  scenario: Scenario,
  isFinding: (scenario: Scenario) => boolean,
): Scenario {
  const still = (steps: readonly Step[]): boolean =>
    isWhole(steps) && isFinding(withSteps(scenario, steps));
  return withSteps(scenario, smallest(scenario.steps, still));
}

/** Keeps only the tasks that the steps fork. */
function withSteps(scenario: Scenario, steps: readonly Step[]): Scenario {
  const [first, ...others] = scenario.tasks;
  const forked = new Set(steps.flatMap(({ call, args }) => (call === "fork" ? [args.task] : [])));
  const tasks = first === undefined ? [] : [first];
  return {
    ...scenario,
    steps,
    tasks: [...tasks, ...others.filter(({ name }) => forked.has(name))],
  };
}

/** Returns whether every task is forked before a step uses it. */
function isWhole(steps: readonly Step[]): boolean {
  const known = new Set<unknown>(["host"]);
  for (const { by, call, args } of steps) {
    if (!known.has(by)) return false;
    if (call === "fork") known.add(args.task);
    else
      for (const name of [args.to, args.of, call === "wait" ? args.task : undefined])
        if (name !== undefined && !known.has(name)) return false;
  }
  return true;
}
