// SPDX-License-Identifier: MIT
import { describe, test } from "vitest";
import { type GuestName, guestNames, probeGuest } from "../src/index.ts";

/** The guests named in BPF_TOKEN_TEST_GUESTS, separated by commas; all of them if it is not set. */
export const testedGuests = namedGuests(process.env.BPF_TOKEN_TEST_GUESTS);

function namedGuests(text: string | undefined): readonly GuestName[] {
  if (!text) return guestNames;
  return text.split(/\s*,\s*/).map((name) => {
    const guest = guestNames.find((known) => known === name);
    if (guest === undefined) throw new Error(`BPF_TOKEN_TEST_GUESTS: no guest is named "${name}"`);
    return guest;
  });
}

/** Whether tests of guests must run. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");

/**
 * Tests that start a guest. If it cannot be started, one skipped test shows the reason, or the run
 * fails.
 */
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
