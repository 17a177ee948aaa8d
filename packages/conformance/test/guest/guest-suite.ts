// SPDX-License-Identifier: MIT
import { type GuestKernel, type GuestName, openGuestKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { compare, parseScenario, run, type Scenario, type Trace } from "@bpf-token/scenario";
import { releaseOf } from "@bpf-token/syscall";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { facadeSuite } from "../../src/facade-suite.ts";
import { type KnownDifferences, rememberFds, renumbered, unmet } from "../../src/index.ts";
import { files } from "../files.ts";
import { reasons } from "../reasons.ts";
import { sample } from "../sample.ts";
import { whyNotGuest } from "./require-guest.ts";

const sysctl = "kernel.unprivileged_bpf_disabled";
const BOOT_MS = 90_000;

/**
 * The whole suite on a guest, and each scenario also on the model of its release: every answer is
 * compared. What differs must be what `own` says, step by step, and all of it. It boots once; what cannot be set back (the sysctl at 1) is followed by another boot.
 */
export function describeGuest(guest: GuestName, own: KnownDifferences = {}): void {
  const why = whyNotGuest(guest);
  if (why !== undefined) {
    test(`guest:${guest}`, (context) => context.skip(why));
    return;
  }
  describe(`guest:${guest}`, { timeout: BOOT_MS }, () => {
    let kernel: GuestKernel;
    beforeAll(() => {
      kernel = openGuestKernel({ guest, model: createKernel });
    }, BOOT_MS);
    afterAll(() => kernel.close());

    facadeSuite(() => kernel);

    test.each(sample(Object.entries(files), 11))("%s", (file, text) => {
      const scenario = parseScenario(text, { file });
      if (!isUsable(kernel)) kernel = openGuestKernel({ guest, model: createKernel });
      // Objects of the scenario before are let go by the kernel when it likes.
      kernel.settle();
      const modelled = onModel(kernel, scenario);
      const fds = rememberFds(kernel);
      const real = run(kernel, scenario);
      fds.check();
      if (real.outcome === "skipped") {
        expect(real.reason).toMatch(/^(needs|is for) /);
        return;
      }
      const known = own[file];
      // A descriptor that one of the two did not get changes the numbers of all that follow.
      const found = compare(modelled, real, { fds: known === undefined ? "equal" : "renamed" });
      const messages = found
        .filter((divergence) => known === undefined || !renumbered(divergence))
        .map(({ message }) => message);
      const expected = (message: string): boolean =>
        known?.some(({ step }) => step.test(message)) ?? false;
      expect(messages.filter((message) => !expected(message)).join("\n")).toBe("");
      const idle = known?.filter(({ step }) => !messages.some((message) => step.test(message)));
      expect(idle ?? []).toEqual([]);
      if (known !== undefined) return;
      // Where the model of such a kernel does not do what the scenario says, the guest need not.
      expect(places(real)).toEqual(places(modelled));
      expect(reasons(real)).toEqual(reasons(modelled, real));
    });
  });
}

/** The lines of a scenario that did not come out as it says; what came instead was compared. */
function places(trace: Trace): readonly (string | undefined)[] {
  return unmet(trace).map((text) => /^line \d+/.exec(text)?.[0]);
}

/** A kernel that is lost, or stays closed to those without rights until its end, is of no use. */
function isUsable(kernel: GuestKernel): boolean {
  return kernel.lost === undefined && kernel.readSysctl(sysctl) !== 1;
}

function onModel(kernel: GuestKernel, scenario: Scenario): Trace {
  const value = kernel.readSysctl(sysctl);
  using model = createKernel({
    release: releaseOf(kernel),
    unprivilegedBpfDisabled: value as 0 | 1 | 2,
    vmlinuxBtf: kernel.guest !== "uml",
  });
  return run(model, scenario);
}
