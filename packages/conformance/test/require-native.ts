// SPDX-License-Identifier: MIT
import { probeNative } from "@bpf-token/kernel-native";

/**
 * Returns the reason why the running kernel cannot be tested here; undefined if it can.
 *
 * @throws if BPF_TOKEN_REQUIRE requires the running kernel and it cannot be tested.
 */
export function whyNotNative(): string | undefined {
  const support = probeNative();
  if (support.ok) return undefined;
  const why = `native tests: ${support.why ?? "the running kernel cannot be used"}`;
  const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
  if (required) throw new Error(`required, but not possible: ${why}`);
  return why;
}
