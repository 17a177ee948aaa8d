// SPDX-License-Identifier: MIT
import type { FdInfo, Kernel } from "@bpf-token/syscall";

/** What a kernel's first task had open at some moment. */
export interface FdSnapshot {
  /** Compares with now; throws with the descriptors that were left open or are missing. */
  check(): void;
}

/**
 * Remembers the open descriptors of a kernel's first task, so that a test can show that it left
 * none behind.
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
      if (gone.length > 0) throw new Error(`closed, and not theirs: ${gone.join(", ")}`);
    },
  };
}

function render(fds: readonly FdInfo[]): readonly string[] {
  return fds.map((fd) => `${fd.fd} (${fd.kind})`);
}
