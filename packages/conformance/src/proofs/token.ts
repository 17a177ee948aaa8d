// SPDX-License-Identifier: MIT
import { bpf, delegateBpffs, unshare, writeIdMaps } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { type Proof, proveEqual } from "./proof.js";

/** What is told about tokens here needs counts of live objects. */
export const tokenProofs: readonly Proof[] = [
  {
    name: "a token that cannot get a descriptor leaves nothing behind",
    rules: ["TC-15"],
    run(open) {
      const kernel = open();
      const app = kernel.init.fork();
      unshare(app, "user", "mnt");
      writeIdMaps(app);
      const { fd } = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
      kernel.settle();
      const before = kernel.live();
      kernel.failNth("fd", 1);
      proveEqual(bpf(app, "TOKEN_CREATE", { bpffs_fd: fd }), -Errno.EMFILE, "TOKEN_CREATE");
      kernel.settle();
      proveEqual(kernel.live(), before, "what is alive");
    },
  },
];
