#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CannotError } from "../../guest/lib/errors.mjs";
import { loadPackage } from "../../guest/lib/package.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { boot } from "./lib/boot.mjs";
import { prepareIncus } from "./lib/incus.mjs";
import { policyOfObject } from "./lib/policy.mjs";
import { judge } from "./lib/results.mjs";
import { createRoot } from "./lib/root.mjs";
import { prepareSystemd } from "./lib/systemd.mjs";

const managers = { systemd: prepareSystemd, incus: prepareIncus };

const HELP = `usage: npm run tool managers -- [--folder DIR] [--verbose] systemd|incus

Boots a guest with systemd or Incus of Debian unstable, on the kernel of guest:7.3, and tests the
policies of bpf-token there: with the printed settings, bpftool (libbpf) loads an object; with one bit
less it does not, and 'bpf-token doctor' names the bit. The root file system is made by mmdebstrap of
Debian's packages; nothing is installed on this machine. LXD is not in Debian, so nothing tests it.
Needs root, mmdebstrap, qemu-system-x86 and clang.

Options:
  --folder DIR  where root file systems stay (default: ~/.cache/bpf-token/managers)
  --verbose     print the console of the guest

Exit codes: 0 every result is the expected one; 1 a result differs; 2 usage; 3 not possible here.`;

const config = {
  options: {
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/managers") },
    verbose: flag,
  },
  allowPositionals: true,
};

async function main({ manager, folder, verbose }) {
  const { guestsFolder } = await loadPackage();
  const kernel = join(guestsFolder(), "7.3/vmlinux");
  if (!existsSync(kernel))
    throw new CannotError("guest:7.3 is missing: npm run guest -- build 7.3");
  if (process.geteuid() !== 0) throw new CannotError("only root can make the root file system");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "bpf-token-managers-"));
  try {
    const { settings, object } = await policyOfObject(manager, work);
    const place = join(work, "root");
    const { packages, memory, prepare, expected } = managers[manager](settings);
    await createRoot({ name: manager, packages, cache: resolve(folder), place });
    await prepare({ place, object, cache: resolve(folder) });
    const output = await boot({ place, kernel, memory, work, verbose });
    return judge(output, expected);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const options = readOptions(HELP, config, ({ values, positionals: [manager, ...more] }) => {
  if (!Object.hasOwn(managers, manager ?? "") || more.length > 0)
    throw new RangeError("name one of systemd, incus");
  return { ...values, manager };
});
try {
  process.exitCode = (await main(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof CannotError)) throw error;
  console.error(`not tested: ${error.message}`);
  process.exitCode = 3;
}
