// SPDX-License-Identifier: MIT
// Situations of real users, staged in a guest: explain names the cause, and the fix helps.
import { type GuestKernel, openGuestKernel, probeGuest } from "@bpf-token/kernel-native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { causeOf, guest, inGuest } from "./situations/guest.ts";

const support = probeGuest(guest);
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("guests");

if (!support.ok) {
  test(`guest:${guest}`, (context) => {
    if (required) throw new Error(`required, and not possible: ${support.why}`);
    context.skip(`guest:${guest}: ${support.why}`);
  });
} else {
  describe(`guest:${guest}`, () => {
    let kernel: GuestKernel;
    beforeAll(() => {
      kernel = openGuestKernel({ guest });
    }, 600_000);
    afterAll(() => kernel.close());

    for (const { number, what, id, refused, fixed, fixedFirst } of inGuest) {
      test(`guest:${guest}: situation ${number}: ${what}`, () => {
        const before = fixedFirst === true ? fixed(kernel) : undefined;
        const { ret, text } = refused(kernel);
        expect(ret).toBeLessThan(0);
        expect(causeOf(text)).toBe(id);
        expect(before ?? fixed(kernel)).toBeGreaterThanOrEqual(0);
      });
    }
  });
}
