// SPDX-License-Identifier: MIT
import { type GuestName, probeGuest } from "@bpf-token/kernel-native";

/**
 * Why a guest is not tested here; undefined if it is.
 *
 * @throws where guests must be tested (BPF_TOKEN_REQUIRE) and this one cannot be.
 */
export function whyNotGuest(guest: GuestName): string | undefined {
  const support = probeGuest(guest);
  if (support.ok) return undefined;
  const why = `guest:${guest}: ${support.why ?? "it cannot be started"}`;
  const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");
  if (required) throw new Error(`required, and not possible: ${why}`);
  return why;
}
