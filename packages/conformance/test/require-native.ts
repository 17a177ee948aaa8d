// SPDX-License-Identifier: MIT
import { probeNative } from "@bpf-token/kernel-native";

/**
 * Why the running kernel is not tested here; undefined if it is.
 *
 * @throws where it must be tested (BPF_TOKEN_REQUIRE) and cannot be.
 */
export function whyNotNative(): string | undefined {
  const support = probeNative();
  if (support.ok) return undefined;
  const why = `native half: ${support.why ?? "the running kernel cannot be used"}`;
  const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
  if (required) throw new Error(`required, and not possible: ${why}`);
  return why;
}
