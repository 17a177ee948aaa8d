// SPDX-License-Identifier: MIT
import { CannotError } from "./errors.mjs";
import { load, loadPackage } from "./package.mjs";

/** Boots a guest, creates a token in it, prints the times, and stops it. */
export async function start(guest) {
  const { GuestUnavailableError, openGuestKernel } = await loadPackage();
  const { createToken, delegateBpffs, unshare } = await load("syscall");
  const begun = performance.now();
  const passed = () => `${((performance.now() - begun) / 1000).toFixed(2)} s`;
  const kernel = open();
  try {
    const up = passed();
    const app = kernel.init.fork();
    unshare(app, "user", "mnt");
    const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "0x1" });
    createToken(app, bpffs);
    console.log(`guest:${guest}, Linux ${kernel.release}: up after ${up}, token after ${passed()}`);
  } finally {
    kernel.close();
  }

  function open() {
    try {
      return openGuestKernel({ guest });
    } catch (error) {
      if (error instanceof GuestUnavailableError) throw new CannotError(error.message);
      throw error;
    }
  }
}
