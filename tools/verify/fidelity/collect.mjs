// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { outcomeOf } from "@bpf-token/conformance";
import { createKernel, unmodelledFeatures } from "@bpf-token/kernel-wasm";
import { run } from "@bpf-token/scenario";
import { releaseOf } from "@bpf-token/syscall";

export const sysctl = "kernel.unprivileged_bpf_disabled";

/**
 * Runs a scenario on a real kernel and on the model of its release.
 *
 * @param known - the known differences of the kernel.
 * @param vmlinuxBtf - whether the kernel has vmlinux BTF.
 * @returns the outcome: `agree`, `differ` with reasons, `skipped` with a reason, or `unexpected`.
 */
export function tryScenario(kernel, scenario, known, vmlinuxBtf = true) {
  const model = createKernel({
    release: releaseOf(kernel),
    unprivilegedBpfDisabled: kernel.readSysctl(sysctl),
    vmlinuxBtf,
  });
  try {
    return outcomeOf(run(model, scenario), run(kernel, scenario), known);
  } finally {
    model.close();
  }
}

/**
 * What the tests found on a kernel.
 *
 * @param folder - where they wrote it, if they did.
 * @returns undefined unless they ran each of the scenarios as it is now.
 */
export function foundByTests(folder, name, scenarios) {
  const path = join(folder ?? "", `${name.replace(":", "-")}.json`);
  if (folder === undefined || !existsSync(path)) return undefined;
  const { release, tried } = JSON.parse(readFileSync(path, "utf8"));
  if (!scenarios.every(({ file, text }) => tried[file]?.text === text)) return undefined;
  return { name, release, tried: new Map(scenarios.map(({ file }) => [file, tried[file]])) };
}

/**
 * The outcome of a rule on a kernel, from the scenarios that name the rule.
 *
 * @param tried - the results of `tryScenario`, by scenario.
 * @param proofs - whether a proof on the model names the rule.
 */
export function ofRule(rule, scenarios, tried, proofs) {
  const mine = scenarios.filter(({ scenario }) => scenario.rules.includes(rule));
  const results = mine.map(({ file }) => tried.get(file));
  const count = (how) => results.filter((one) => one?.how === how).length;
  if (count("unexpected") > 0) return { how: "unexpected", why: whys(results, "unexpected") };
  if (count("agree") + count("differ") > 0) {
    return {
      how: count("differ") > 0 ? "differ" : "agree",
      n: count("agree"),
      why: whys(results, "differ"),
    };
  }
  if (mine.length > 0) return { how: "not tried", why: whys(results, "skipped") };
  const why = proofs
    ? "tested only on the model: the test repeats calls, injects faults or sets LSM answers"
    : whyUnmodelled(rule);
  return { how: "not tried", why: [why] };
}

function whyUnmodelled(rule) {
  const entry = unmodelledFeatures.find(({ rules }) => rules.includes(rule));
  return entry === undefined ? "unmodelled" : `unmodelled: ${entry.what}`;
}

function whys(results, how) {
  return [...new Set(results.filter((one) => one?.how === how).flatMap(({ why }) => why))];
}
