// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  guestNames,
  openGuestKernel,
  openNativeKernel,
  probeGuest,
  probeNative,
} from "@bpf-token/kernel-native";
import { configurationOf } from "@bpf-token/scenario/known";
import { newestRelease, syscallByName } from "@bpf-token/uapi";
import { unmodelledRelease } from "bpf-token/subjects";

const sysctl = "kernel.unprivileged_bpf_disabled";

/** The real kernels for comparison. */
export const subjectNames = ["native", ...guestNames.map((name) => `guest:${name}`)];

/** The kernels that are compared by default. */
export const usualSubjects = ["native", "guest:6.12", "guest:uml"];

/** The sysctl values to test; the host's own value is never changed. */
export function sysctlsOf(name) {
  return name === "native" ? [undefined] : [0, 1, 2];
}

/** Runs {@link runMatrix} on a real kernel; its executor runs whole tables of calls itself. */
export function createSweeper(kernel) {
  const { nr } = syscallByName.bpf;
  return (tasks, calls) =>
    kernel.sweep(
      tasks,
      calls.map(({ cmd, attr, size }) => ({ nr, args: [cmd, attr, size] })),
      { close: true },
    );
}

const kconfig = "/proc/config.gz";

/** The known build configuration of a kernel. */
export function configurationFor(kernel) {
  if (kernel.backend !== "native" || !existsSync(kconfig)) return configurationOf(kernel);
  return configurationOf(kernel, gunzipSync(readFileSync(kconfig)).toString());
}

/** Opens a kernel with a value of the sysctl, passes it to `use`, and closes it. */
export function withSubject(name, value, use) {
  const linux = unmodelledRelease(name);
  if (linux !== undefined) {
    const model = `the newest release of the model is ${newestRelease}`;
    throw new CannotError(`${model}, so ${name} cannot be compared: it runs Linux ${linux}`);
  }
  const guest = name.startsWith("guest:") ? name.slice("guest:".length) : undefined;
  const support = guest === undefined ? probeNative() : probeGuest(guest);
  if (!support.ok) throw new CannotError(`${name} is not available here: ${support.why}`);
  const kernel = guest === undefined ? openNativeKernel() : openGuestKernel({ guest });
  try {
    if (value !== undefined && kernel.readSysctl(sysctl) !== value) {
      const ret = kernel.writeSysctl(kernel.init, sysctl, value);
      if (ret < 0) throw new Error(`${name}: ${sysctl} cannot be set to ${value}: ${ret}`);
    }
    return use(kernel);
  } finally {
    kernel.close();
  }
}

/** A kernel is not available on this machine. */
export class CannotError extends Error {
  name = "CannotError";
}
