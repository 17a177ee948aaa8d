// SPDX-License-Identifier: MIT
import { openNativeKernel } from "@bpf-token/kernel-native";
import { run } from "@bpf-token/scenario";
import { releaseOf } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import { scenarios } from "./selftests.ts";
import { unmetRows } from "./selftests-unmet.ts";

const why = whyNotNative();

test("the selftests on the running kernel have the documented results", (context) => {
  if (why !== undefined) context.skip(why);
  using kernel = openNativeKernel();
  const sysctl = "kernel.unprivileged_bpf_disabled";
  if (kernel.readSysctl(sysctl) !== 2)
    context.skip(`${sysctl} is not 2 here, as the tests need it`);
  const traces = [...scenarios].map(([name, scenario]) => [name, run(kernel, scenario)] as const);
  const can = { hooks: kernel.features.lsm };
  expect(unmetRows(releaseOf(kernel), new Map(traces), can)).toEqual([]);
});
