// SPDX-License-Identifier: MIT
import { Errno, errnoName } from "@bpf-token/uapi/names";
import type { SetupFailure } from "./setup.js";

const steps: Readonly<Record<string, string>> = {
  unshare: "making a user and a mount namespace",
  slave: "parting the mounts from those of the machine",
  fsopen: "making a context for a BPF FS",
  ids: "mapping the ids of the user namespace",
  create: "making the BPF FS",
  fsmount: "mounting the BPF FS",
};

/**
 * Describes in one sentence why a setup failed.
 *
 * @param failure - a `DelegateError`; `subject` is the option, path or program of the step.
 */
export function describeSetupFailure({
  step,
  errno,
  subject,
}: SetupFailure & { readonly subject: string }): string {
  const name = errnoName(errno) ?? `error ${errno}`;
  switch (step) {
    case "exec":
      return `cannot run '${subject}': ${
        errno === Errno.ENOENT ? "there is no such program" : `the kernel says ${name}`
      }`;
    case "mount":
      return `cannot mount at '${subject}': ${mountProblem(errno, name)}`;
    case "option":
      return errno === Errno.EINVAL
        ? `this kernel does not know what '${subject}' names; bpf-token does, from a later release`
        : `the kernel refuses '${subject}' with ${name}`;
    case "unshare":
      if (errno === Errno.ENOSPC) {
        return "no user namespace is to be had: see user.max_user_namespaces";
      }
  }
  return `${steps[step] ?? step} is refused by the kernel with ${name}`;
}

function mountProblem(errno: number, name: string): string {
  if (errno === Errno.ENOENT) return "there is no such directory";
  if (errno === Errno.ENOTDIR) return "it is not a directory";
  return `the kernel says ${name}`;
}
