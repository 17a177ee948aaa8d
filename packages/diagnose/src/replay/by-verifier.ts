// SPDX-License-Identifier: MIT
import { commandIn } from "../evidence/call-text.js";
import type { Case, Draft } from "./judge.js";
import { cureOf, cureOfHelpers } from "./verifier-cure.js";

/** Says that the verifier refused a program, or the BTF parser its types; undefined if neither did. */
export function byVerifier(one: Case): Draft | undefined {
  const { call, attempt, process } = one;
  const cmd = commandIn(call);
  if (cmd !== "PROG_LOAD" && cmd !== "BTF_LOAD") return undefined;
  const refusedByModel = attempt.how === "answered" && attempt.answer.ret < 0;
  const line = lastLine(call.log ?? "");
  if (line === undefined && isPastPermissions(one) && call.result !== -1 /* EPERM */) {
    const { because = "", ...cure } = cureOfHelpers(call, process?.facts) ?? {};
    return {
      id: "trace.verifier",
      severity: "error",
      confidence: "likely",
      outcome: "explained",
      cause: `the verifier of the kernel refused it${because}; the call asks for no log`,
      evidence: ["the call passed every check of permissions on the model"],
      fix: ["ask for a log: log_level, log_buf and log_size of the call"],
      ...cure,
    };
  }
  if (refusedByModel || line === undefined) return undefined;
  const who = cmd === "PROG_LOAD" ? "verifier" : "BTF parser";
  const { because = "", ...cure } = cureOf(line, call, process?.facts) ?? {};
  return {
    id: "trace.verifier",
    severity: "error",
    confidence: "certain",
    outcome: "explained",
    cause: `the ${who} of the kernel refused it: ${line}${because}`,
    evidence: ["the call passed every check of permissions on the model"],
    fix: [],
    ...cure,
  };
}

/**
 * Whether only the verifier, which the model does not have, is left: the model stopped where the verifier
 * reads debug information, or accepted a program that the kernel refused as the verifier does.
 */
function isPastPermissions({ call, attempt, process }: Case): boolean {
  if (attempt.how === "failed") return attempt.unmodelled === "function and line info of programs";
  if (attempt.how !== "answered" || attempt.answer.ret < 0) return false;
  const { lsms = [] } = process?.facts ?? {};
  const byModule = lsms.some((name) => name === "selinux" || name === "apparmor");
  const asVerifier = call.result === -22 || (call.result === -13 && !byModule);
  return commandIn(call) === "PROG_LOAD" && asVerifier;
}

/** The last line of a log that says something: statistics and summaries follow it. */
export function lastLine(log: string): string | undefined {
  const idle = /^(?:processed \d+ insns|verification time|stack depth|peak_states|$)/;
  return log
    .replace(/\0.*$/s, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => !idle.test(line))
    .at(-1);
}
