// SPDX-License-Identifier: MIT
// Runs the suite in Node, Bun or Deno, then tries the running kernel there; prints JSON.
import { NativeUnavailableError, openNativeKernel, probeNative } from "@bpf-token/kernel-native";
import { bpf } from "@bpf-token/syscall";
import cases from "./cases.mjs";
import { smoke } from "./smoke.mjs";

/** TOKEN_CREATE with a flag is EINVAL on every kernel that has the command. */
const EINVAL = -22;

function native() {
  const support = probeNative();
  if (!support.ok) return { why: support.why };
  try {
    const kernel = openNativeKernel();
    try {
      const answer = bpf(kernel.init.fork(), "TOKEN_CREATE", { flags: 1 });
      return answer === EINVAL ? { ok: true } : { problem: `TOKEN_CREATE answered ${answer}` };
    } finally {
      kernel.close();
    }
  } catch (error) {
    const key = error instanceof NativeUnavailableError ? "why" : "problem";
    return { [key]: error.message };
  }
}

console.log(JSON.stringify({ ...smoke(cases), native: native() }));
