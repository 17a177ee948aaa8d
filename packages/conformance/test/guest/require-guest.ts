// SPDX-License-Identifier: MIT
import { type GuestName, probeGuest } from "@bpf-token/kernel-native";

/**
 * Returns the reason why a guest cannot be tested here; undefined if it can.
 *
 * @throws if BPF_TOKEN_REQUIRE requires guests and this one cannot be tested.
 */
export function whyNotGuest(guest: GuestName): string | undefined {
  const support = probeGuest(guest);
  if (support.ok) return undefined;
  const why = `guest:${guest}: ${support.why ?? "it cannot start"}`;
  const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");
  if (required) throw new Error(`required, but not possible: ${why}`);
  return why;
}
