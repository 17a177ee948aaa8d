#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { assertBpfRelease, bpfReleases } from "../../lib/releases.mjs";
import { root } from "../../lib/run.mjs";
import { debianObjects } from "../oracle/lib/corpus.mjs";
import { confirm, distinctObjects, pageLines, rowsOf } from "./lib/capabilities.mjs";

const HELP = `usage: npm run tool kernel-bpf:capabilities -- [--releases R,…] [--packages NAME,…]
                                          [--write] [OBJECT...]

Finds the least capabilities of each program of Debian's objects on the modules that
'npm run kernel-bpf' built: removes each capability, and sees whether the kernel still accepts the
program. Confirms the results on the running kernel, as root: the program loads with the least
capabilities, and is refused without any one of them. The running kernel has another release, so it
must confirm the result of one module. Attaches and pins nothing.

Options:
  --releases R,…     the modules (default: ${bpfReleases.join(",")})
  --packages NAME,…  the objects of these Debian packages (default: xdp-tools)
  --folder DIR       where downloads stay (default: ~/.cache/bpf-token/oracle)
  --write            write docs/verify-capabilities.md

Exit codes: 0 each program has a confirmed result; 1 one has none, or the build failed; 2 usage; 3 not
measured (the reason is printed).`;

const config = {
  options: {
    releases: { type: "string", default: bpfReleases.join(",") },
    packages: { type: "string", default: "xdp-tools" },
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
    write: flag,
  },
  allowPositionals: true,
};

function refine({ values, positionals }) {
  for (const release of values.releases.split(",")) assertBpfRelease(release);
  if (values.write && positionals.length > 0) throw new RangeError("--write is for the packages");
  return { values, positionals };
}

function chosenFiles({ values, positionals }) {
  if (positionals.length > 0) return positionals.map((one) => resolve(one));
  const names = values.packages.split(",");
  return debianObjects(resolve(values.folder)).filter((path) =>
    names.some((name) => basename(path).includes(`.${name}.`)),
  );
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const { createBpfKernel } = await import("@bpf-token/kernel-bpf");
  const { bpfKernelFolder, readBpfKernel } = await import("@bpf-token/kernel-bpf/node");
  const { openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
  const packages = {
    ...(await import("@bpf-token/object")),
    ...(await import("@bpf-token/loader")),
    ...(await import("@bpf-token/syscall")),
    ...(await import("bpf-token/verify")),
  };
  const names = values.releases.split(",");
  const kernels = names.map((name) => createBpfKernel(readBpfKernel(name)));
  const modules = kernels.map(({ release }, i) => {
    const about = readFileSync(join(bpfKernelFolder(), names[i], "kernel.json"), "utf8");
    return { release, image: JSON.parse(about).image };
  });
  const support = probeNative();
  if (!support.ok) throw new Error(support.why);
  const native = openNativeKernel();
  try {
    const objects = distinctObjects(chosenFiles({ values, positionals }));
    const rows = objects.flatMap((object) => rowsOf(packages, kernels, object));
    for (const row of rows) row.confirmed = confirm(packages, native, row);
    const about = { modules, running: native.release, packages: values.packages };
    const lines = pageLines(rows, about);
    console.log(lines.join("\n"));
    if (values.write) writeFileSync(`${root}docs/verify-capabilities.md`, lines.join("\n"));
    const isFine = ({ confirmed }) =>
      confirmed.includes(true) || confirmed.every((one) => one === undefined);
    return rows.every(isFine) ? 0 : 1;
  } finally {
    native.close();
  }
}

const options = readOptions(HELP, config, refine);
try {
  process.exitCode = await main(options);
} catch (error) {
  if (error.name !== "BpfKernelMissingError" && error.name !== "Error") throw error;
  console.error(`not measured: ${error.message}`);
  process.exitCode = 3;
}
