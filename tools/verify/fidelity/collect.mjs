// SPDX-License-Identifier: MIT
import { compareRuns } from "@bpf-token/conformance";
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
    const modelled = run(model, scenario);
    const real = run(kernel, scenario);
    const unmodelled = real.events.find(({ outcome }) => outcome === "not-modelled");
    if (unmodelled !== undefined) return { how: "skipped", why: [unmodelled.reason] };
    if (real.outcome === "skipped") return { how: "skipped", why: [real.reason ?? "no reason"] };
    return judge(modelled, real, known);
  } finally {
    model.close();
  }
}

/** Whether two runs differ, and whether the registry of known differences explains it. */
export function judge(modelled, real, known) {
  const compared = compareRuns(modelled, real, known);
  if (compared.unexpected.length > 0) return { how: "unexpected", why: compared.unexpected };
  const why = compared.known.map((entry) => entry.why);
  return { how: why.length === 0 ? "agree" : "differ", why };
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
