// SPDX-License-Identifier: MIT
import { type GuestName, guestNames } from "@bpf-token/kernel-native";
import { expect, test } from "vitest";
import { describeGuest } from "./guest-suite.ts";

/** The guests whose tests are in the quick run, in files of their own. */
const quick: readonly GuestName[] = ["6.12", "uml"];
const named = process.env.BPF_TOKEN_TEST_GUESTS?.split(",").map((name) => name.trim());

test("every guest of BPF_TOKEN_TEST_GUESTS exists", () => {
  expect(named?.filter((name) => !guestNames.some((known) => known === name)) ?? []).toEqual([]);
});

for (const guest of guestNames.filter((name) => !quick.includes(name))) {
  if (named?.includes(guest) !== false) describeGuest(guest);
}
