// SPDX-License-Identifier: MIT
import { renumbered } from "@bpf-token/conformance";
import { createKernel, leftOut } from "@bpf-token/kernel-wasm";
import { compare, run } from "@bpf-token/scenario";
import { releaseOf } from "@bpf-token/syscall";

export const sysctl = "kernel.unprivileged_bpf_disabled";

/**
 * Runs a scenario on a real kernel and on the model of its release.
 *
 * @returns how it came out: `agree`, `differ` with reasons, `skipped` with one, or `unexpected`.
 */
export function tryScenario(kernel, { file, scenario }, { known = {}, vmlinuxBtf = true }) {
  const model = createKernel({
    release: releaseOf(kernel),
    unprivilegedBpfDisabled: kernel.readSysctl(sysctl),
    vmlinuxBtf,
  });
  try {
    const modelled = run(model, scenario);
    const real = run(kernel, scenario);
    if (real.outcome === "skipped") return { how: "skipped", why: [real.reason ?? "no reason"] };
    return judge(modelled, real, known[file]);
  } finally {
    model.close();
  }
}

/** What differs, and whether somebody has said why. */
export function judge(modelled, real, known) {
  const found = compare(modelled, real, { fds: known === undefined ? "equal" : "renamed" });
  const messages = found
    .filter((difference) => known === undefined || !renumbered(difference))
    .map(({ message }) => message);
  const reasons = messages.map((message) => known?.find(({ step }) => step.test(message))?.why);
  const unexpected = messages.filter((_, i) => reasons[i] === undefined);
  if (unexpected.length > 0) return { how: "unexpected", why: unexpected };
  return { how: messages.length === 0 ? "agree" : "differ", why: [...new Set(reasons)] };
}

/**
 * What became of a rule on a kernel, out of the scenarios that name it.
 *
 * @param tried - by scenario, what `tryScenario` said.
 * @param proofs - whether a proof on the model names the rule.
 */
export function ofRule(rule, scenarios, tried, proofs) {
  const mine = scenarios.filter(({ scenario }) => scenario.rules.includes(rule));
  const told = mine.map(({ file }) => tried.get(file));
  const count = (how) => told.filter((one) => one?.how === how).length;
  if (count("unexpected") > 0) return { how: "unexpected", why: whys(told, "unexpected") };
  if (count("agree") + count("differ") > 0) {
    return {
      how: count("differ") > 0 ? "differ" : "agree",
      n: count("agree"),
      why: whys(told, "differ"),
    };
  }
  if (mine.length > 0) return { how: "not tried", why: whys(told, "skipped") };
  const why = proofs
    ? "only a loop, a fault or a hook tells: proven on the model"
    : whyLeftOut(rule);
  return { how: "not tried", why: [why] };
}

function whyLeftOut(rule) {
  const entry = leftOut.find(({ rules }) => rules.includes(rule));
  return entry === undefined ? "left out" : `left out of the model: ${entry.what}`;
}

function whys(told, how) {
  return [...new Set(told.filter((one) => one?.how === how).flatMap(({ why }) => why))];
}
