// SPDX-License-Identifier: MIT
import type { FdInfo, Kernel } from "@bpf-token/syscall";

/** The open file descriptors of a kernel's first task at one moment. */
export interface FdSnapshot {
  /** Compares them with the current ones; throws with the leaked or missing file descriptors. */
  check(): void;
}

/**
 * Records the open file descriptors in a kernel's first task, so that a test can check that it leaks none.
 */
export function rememberFds(kernel: Kernel): FdSnapshot {
  const before = render(kernel.openFds(kernel.init));
  return {
    check: () => {
      if (kernel.closed) return;
      const after = render(kernel.openFds(kernel.init));
      const left = after.filter((fd) => !before.includes(fd));
      const gone = before.filter((fd) => !after.includes(fd));
      if (left.length > 0) throw new Error(`left open: ${left.join(", ")}`);
      if (gone.length > 0)
        throw new Error(`closed, although they are not of the test: ${gone.join(", ")}`);
    },
  };
}

function render(fds: readonly FdInfo[]): readonly string[] {
  return fds.map((fd) => `${fd.fd} (${fd.kind})`);
}
