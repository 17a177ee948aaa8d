// SPDX-License-Identifier: MIT
// Makes the calls of a combination in a process of its own, which setpriv starts with a seccomp filter.
// Reads the combination from its argument, prints the name of the first errno.
import { openNativeKernel } from "@bpf-token/kernel-native";
import { tryCalls } from "./calls.mjs";

const kernel = openNativeKernel();
try {
  process.stdout.write(tryCalls(kernel, JSON.parse(process.argv[2])));
} finally {
  kernel.close();
}
