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

/** Real kernels that can be asked. */
export const subjectNames = ["native", ...guestNames.map((name) => `guest:${name}`)];

/** Those that every machine of ours compares. */
export const usualSubjects = ["native", "guest:6.12", "guest:uml"];

/** The values of the sysctl that a kernel is asked with; those of this machine are left alone. */
export function sysctlsOf(name) {
  return name === "native" ? [undefined] : [0, 1, 2];
}

/** Asks a real kernel for {@link runMatrix}: its executor makes whole tables of calls by itself. */
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

/** What is known of a kernel's build. */
export function configurationFor(kernel) {
  if (kernel.backend !== "native" || !existsSync(kconfig)) return configurationOf(kernel);
  return configurationOf(kernel, gunzipSync(readFileSync(kconfig)).toString());
}

/** Opens a kernel with that sysctl, does something with it, and closes it. */
export function withSubject(name, value, use) {
  const linux = unmodelledRelease(name);
  if (linux !== undefined) {
    const model = `the newest release of the model is ${newestRelease}`;
    throw new CannotError(`${model}, so ${name} cannot be compared: it runs Linux ${linux}`);
  }
  const guest = name.startsWith("guest:") ? name.slice("guest:".length) : undefined;
  const support = guest === undefined ? probeNative() : probeGuest(guest);
  if (!support.ok) throw new CannotError(`${name} cannot be asked here: ${support.why}`);
  const kernel = guest === undefined ? openNativeKernel() : openGuestKernel({ guest });
  try {
    if (value !== undefined && kernel.readSysctl(sysctl) !== value) {
      const ret = kernel.writeSysctl(kernel.init, sysctl, value);
      if (ret < 0) throw new Error(`${name}: ${sysctl} cannot be ${value}: ${ret}`);
    }
    return use(kernel);
  } finally {
    kernel.close();
  }
}

/** A kernel cannot be had on this machine. */
export class CannotError extends Error {
  name = "CannotError";
}
