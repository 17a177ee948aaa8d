// SPDX-License-Identifier: MIT
import { Errno, errnoName } from "@bpf-token/uapi/names";
import type { SetupFailure } from "./setup.js";

const steps: Readonly<Record<string, string>> = {
  unshare: "creating a user and a mount namespace",
  slave: "separating the mounts from those of the host",
  fsopen: "opening a context for the bpffs",
  ids: "mapping the ids of the user namespace",
  create: "creating the bpffs",
  fsmount: "mounting the bpffs",
};

/**
 * Describes in one sentence why a setup of `bpf-token exec` failed.
 *
 * @param failure - a `DelegateError`; `subject` is the option, path or program of the step.
 * @example
 * ```ts
 * describeSetupFailure({ step: "exec", errno: Errno.ENOENT, subject: "bpftool" });
 * // "cannot run 'bpftool': there is no such program"
 * ```
 */
export function describeSetupFailure({
  step,
  errno,
  subject,
}: SetupFailure & { readonly subject: string }): string {
  const name = errnoName(errno) ?? `error ${errno}`;
  switch (step) {
    case "exec":
      return `cannot run '${subject}': ${programProblem(subject, errno, name)}`;
    case "mount":
      return `cannot mount at '${subject}': ${mountProblem(errno, name)}`;
    case "option":
      return errno === Errno.EINVAL
        ? `this kernel does not know '${subject}'; it is the name of a newer release`
        : `the kernel refuses the mount option '${subject}': ${name}`;
    case "unshare":
      if (errno === Errno.ENOSPC) {
        return "cannot create a user namespace: a limit is reached; see user.max_user_namespaces";
      }
  }
  return `${steps[step] ?? step} failed: ${name}`;
}

/** The same words are in native/process.c of the package kernel-native. */
function programProblem(program: string, errno: number, name: string): string {
  if (errno === Errno.EACCES) return "it is a directory, or not executable";
  if (errno === Errno.E2BIG) return "its arguments and variables are too long";
  if (errno !== Errno.ENOENT) return `the kernel returns ${name}`;
  return program.includes("/")
    ? "it or its interpreter does not exist"
    : "there is no such program";
}

function mountProblem(errno: number, name: string): string {
  if (errno === Errno.ENOENT) return "there is no such directory";
  if (errno === Errno.ENOTDIR) return "it is not a directory";
  return `the kernel returns ${name}`;
}
