// SPDX-License-Identifier: MIT
// This takes a minute: the guard waits that long.
import { raw } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import { describeNative, tree, useKernels, whenDead } from "./native.ts";

describeNative("an executor that is stopped", () => {
  const open = useKernels();

  test("the guard detects a stopped dispatcher", { timeout: 300_000 }, async () => {
    const kernel = open();
    const all = tree(kernel.executorPid);
    process.kill(all[1]?.pid ?? 0, "SIGSTOP");
    expect(() => raw.getpid(kernel.init)).toThrow("did not answer for 60 s and was killed");
    await whenDead(all);
  });
});
