// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  BpfError,
  createToken,
  delegateBpffs,
  OwnedFd,
  type Refusal,
  raw,
  setCapabilities,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { type KernelRelease, O } from "@bpf-token/uapi";
import type { BpffsFact, Facts } from "../facts.js";

/** The model's answer to TOKEN_CREATE for a process and a BPF filesystem. */
export type TokenAnswer =
  | { readonly how: "created" }
  | { readonly how: "refused"; readonly code: string; readonly refusal: Refusal | undefined }
  | { readonly how: "unknown"; readonly why: string };

/**
 * Creates a token on the model, as the process with these facts would: with its capabilities, in its
 * kind of user namespace, from a filesystem of the same owner and with the same masks.
 */
export function askForToken(facts: Facts, mount: BpffsFact, release: KernelRelease): TokenAnswer {
  // The sysctl kernel.unprivileged_bpf_disabled does not matter to TOKEN_CREATE.
  const kernel = createKernel({ release });
  try {
    return answerOf(kernel.init, facts, mount);
  } finally {
    kernel.close();
  }
}

function answerOf(init: Task, facts: Facts, mount: BpffsFact): TokenAnswer {
  const ofHost = facts.userns.initial || mount.onHost === true;
  let app: Task;
  let bpffs: OwnedFd<"dir">;
  try {
    if (ofHost) {
      const inherited = delegateBpffs(init, init, mount.delegates);
      app = init.fork();
      if (!facts.userns.initial) unshare(app, "user", "mnt");
      bpffs = inherited.sendTo(app);
    } else {
      app = init.fork();
      unshare(app, "user", "mnt");
      // The subdirectory below can only be created by a mapped user.
      writeIdMaps(app);
      bpffs = delegateBpffs(app, init, mount.delegates);
    }
    if (mount.root !== "/") bpffs = subdirectory(ofHost ? init : app, app, bpffs);
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return { how: "unknown", why: `the model cannot repeat this mount: ${error.message}` };
  }
  const bits = BigInt(`0x${facts.capabilities.effective}`);
  setCapabilities(app, { effective: bits, permitted: bits, inheritable: 0n });
  try {
    createToken(app, bpffs).close();
    return { how: "created" };
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return { how: "refused", code: error.code, refusal: error.refusal };
  }
}

/** A directory of the filesystem, which a bind mount of a part of it shows as its root. */
function subdirectory(owner: Task, app: Task, bpffs: OwnedFd<"dir">): OwnedFd<"dir"> {
  const made = owner === app ? bpffs : bpffs.sendTo(owner);
  raw.mkdirat(owner, made.fd, "part", 0o755);
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  const call = { syscall: "openat", cmd: "part" };
  return OwnedFd.adopt(app, raw.openat(app, bpffs.fd, "part", flags, 0), "dir", call);
}
