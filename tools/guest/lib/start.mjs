// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { CannotError } from "./errors.mjs";
import { load, loadPackage } from "./package.mjs";

const program = fileURLToPath(new URL("../guest.mjs", import.meta.url));

/**
 * Starts each guest in its own process, as many at a time as there are processors.
 *
 * @returns the highest of their exit codes.
 */
export async function startAll(guests) {
  if (guests.length === 1) return start(guests[0]);
  const left = [...guests];
  const codes = [];
  const work = async () => {
    for (let guest = left.shift(); guest !== undefined; guest = left.shift()) {
      codes.push(await startProcess(guest));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return Math.max(...codes);
}

function startProcess(guest) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, "start", guest], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** Boots a guest, creates a token in it, prints the times, and stops it. */
async function start(guest) {
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
