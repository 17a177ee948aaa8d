// SPDX-License-Identifier: MIT
import { describe, test } from "vitest";
import { type GuestName, probeGuest } from "../src/index.ts";

/** Whether this run must not leave out guests. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");

/** Tests that start a guest; where it cannot be started, one line says why, or the run fails. */
export function describeGuest(guest: GuestName, name: string, body: () => void): void {
  const support = probeGuest(guest);
  if (support.ok) {
    describe(name, { timeout: 600_000 }, body);
    return;
  }
  test(name, (context) => {
    if (required) throw new Error(`required, and not possible: ${support.why}`);
    context.skip(`guest:${guest}: ${support.why}`);
  });
}
