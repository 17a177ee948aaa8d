// SPDX-License-Identifier: MIT
import { type GuestKernel, type GuestName, openGuestKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run, type Scenario, type Trace } from "@bpf-token/scenario";
import { configurationOf, KnownDifferences, knownDifferences } from "@bpf-token/scenario/known";
import { releaseOf } from "@bpf-token/syscall";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { facadeSuite } from "../../src/facade-suite.ts";
import { compareRuns, outcomeOf, rememberFds, unmet } from "../../src/index.ts";
import { files } from "../files.ts";
import { Outcomes } from "../outcomes.ts";
import { reasons } from "../reasons.ts";
import { sample } from "../sample.ts";
import { whyNotGuest } from "./require-guest.ts";

const sysctl = "kernel.unprivileged_bpf_disabled";
const BOOT_MS = 600_000;
/** The reason of every later refusal, once the kernel and the model that explains it are in different states. */
const OTHER_STATE = "in different states";

/**
 * Registers the whole suite on a guest. Each scenario also runs on the model of the guest's release, and
 * every answer is compared. The registry must describe each difference, and every entry must occur. The
 * guest boots once, and again after a scenario that leaves the sysctl at 1, which cannot be restored, or
 * after a known difference that leaves the kernel in another state than the model.
 */
export function describeGuest(guest: GuestName): void {
  const why = whyNotGuest(guest);
  if (why !== undefined) {
    test(`guest:${guest}`, (context) => context.skip(why));
    return;
  }
  describe(`guest:${guest}`, { timeout: BOOT_MS }, () => {
    let kernel: GuestKernel;
    let known: KnownDifferences;
    let outcomes: Outcomes;
    let usable = true;
    const chosen = sample(Object.entries(files), 11);
    const left = new Set(chosen.map(([file]) => file));
    beforeAll(() => {
      kernel = openGuestKernel({ guest, model: createKernel });
      known = new KnownDifferences(knownDifferences, "suite", configurationOf(kernel));
      outcomes = new Outcomes(releaseOf(kernel));
    }, BOOT_MS);
    afterAll(() => {
      kernel.close();
      outcomes.write(`guest:${guest}`);
    });

    facadeSuite(() => kernel);

    test.each(chosen)("%s", (file, text) => {
      left.delete(file);
      const scenario = parseScenario(text, { file });
      if (!usable || !isUsable(kernel)) {
        kernel.close();
        kernel = openGuestKernel({ guest, model: createKernel });
        usable = true;
      }
      // The kernel releases objects of the previous scenario asynchronously.
      kernel.settle();
      const modelled = onModel(kernel, scenario);
      const fds = rememberFds(kernel);
      const real = run(kernel, scenario);
      fds.check();
      outcomes.note(file, outcomeOf(modelled, real, known));
      if (real.outcome === "skipped") {
        expect(real.reason).toMatch(/^(needs|applies only) /);
        return;
      }
      const compared = compareRuns(modelled, real, known);
      expect(compared.unexpected.join("\n")).toBe("");
      if (compared.known.length > 0) {
        usable = !real.events.some(({ unexplained }) => unexplained?.reason.includes(OTHER_STATE));
        return;
      }
      // If the model of this kernel does not meet the scenario, the guest need not either.
      expect(places(real)).toEqual(places(modelled));
      expect(reasons(real)).toEqual(reasons(modelled, real));
    });

    // A sample need not contain every known difference.
    if (chosen.length < Object.keys(files).length) return;
    test("each known difference of this kernel occurred", (context) => {
      if (left.size > 0) context.skip(`${left.size} scenarios did not run`);
      expect(known.idle().map(({ id }) => id)).toEqual([]);
    });
  });
}

/** The lines of a scenario with unmet expectations. The actual answers were compared before. */
function places(trace: Trace): readonly (string | undefined)[] {
  return unmet(trace).map((text) => /^line \d+/.exec(text)?.[0]);
}

/** Returns whether a kernel can run further scenarios: it is not lost, and its sysctl is not 1. */
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
