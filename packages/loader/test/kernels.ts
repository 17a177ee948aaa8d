// SPDX-License-Identifier: MIT
import {
  type GuestName,
  openGuestKernel,
  openNativeKernel,
  probeGuest,
  probeNative,
} from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import type { Kernel } from "@bpf-token/syscall";
import { afterAll, afterEach, beforeAll, describe, type TestContext, test } from "vitest";

const support = probeNative();
const required = process.env.BPF_TOKEN_REQUIRE?.includes("native") === true;

/** The kernels that the tests use. */
export const backends = ["model", "native"] as const;

export type Backend = (typeof backends)[number];

/** Opens a kernel and closes it after the test. Skips the test, with a reason, if it cannot. */
export function useKernels(): (context: TestContext, backend: Backend) => Kernel {
  let opened: Kernel[] = [];
  afterEach(() => {
    const all = opened;
    opened = [];
    for (const kernel of all) kernel.close();
  });
  return (context, backend) => {
    if (backend === "native" && !support.ok) {
      if (required) throw new Error(`the native half is required: ${support.why}`);
      return context.skip(`native half: ${support.why}`);
    }
    const kernel = backend === "model" ? createKernel() : openNativeKernel();
    opened.push(kernel);
    return kernel;
  };
}

/** Tests that load from this process, which must be host root. */
export function describeProcess(name: string, body: () => void): void {
  if (support.ok) describe(name, body);
  else if (required) {
    test(name, () => {
      throw new Error(`the native half is required: ${support.why}`);
    });
  } else test(name, (context) => context.skip(`native half: ${support.why}`));
}

const guestsRequired = process.env.BPF_TOKEN_REQUIRE?.includes("guests") === true;

/** Tests on a real kernel in a guest, which runs as long as the tests. */
export function describeGuest(
  name: string,
  body: (kernel: () => Kernel) => void,
  which: GuestName = "6.12",
): void {
  const guest = probeGuest(which);
  if (!guest.ok) {
    test(name, (context) => {
      if (guestsRequired) throw new Error(`required, and not possible: ${guest.why}`);
      context.skip(`guest:${which}: ${guest.why}`);
    });
    return;
  }
  describe(name, { timeout: 600_000 }, () => {
    let kernel: Kernel;
    beforeAll(() => {
      kernel = openGuestKernel({ guest: which, deadlineMs: 60_000 });
    }, 600_000);
    afterAll(() => kernel.close());
    body(() => kernel);
  });
}
