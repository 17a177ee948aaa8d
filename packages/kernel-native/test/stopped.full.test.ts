// SPDX-License-Identifier: MIT
// Takes a minute of waiting: that is how long the guard is patient.
import { raw } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import { describeNative, tree, useKernels, whenDead } from "./native.ts";

describeNative("an executor that is stopped", () => {
  const open = useKernels();

  test("a dispatcher that is stopped is found out by the guard", { timeout: 300_000 }, async () => {
    const kernel = open();
    const all = tree(kernel.executorPid);
    process.kill(all[1]?.pid ?? 0, "SIGSTOP");
    expect(() => raw.getpid(kernel.init)).toThrow("did not answer for 60 s and was killed");
    await whenDead(all);
  });
});
