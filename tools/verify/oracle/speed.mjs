#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions } from "../../lib/options.mjs";
import { debianObjects } from "./lib/corpus.mjs";
import { fetchLibbpf, readVersion } from "./lib/libbpf.mjs";
import { buildProgram } from "./lib/record.mjs";
import { run } from "./lib/run.mjs";
import { classes, sums } from "./lib/speed.mjs";

const HELP = `usage: npm run tool oracle:speed -- [--libbpf VERSION] [--folder DIR] [OBJECT...]

Measures the user time to load Debian's objects into the running kernel, by libbpf and by the loader,
in one run. Prints the time by size of the objects, and separately for the first one, which includes
parsing the kernel's BTF. Skips objects that one of the two does not load. Needs root; nothing is
attached or pinned.

Options:
  --libbpf VERSION   1.5 or 1.7 (default: 1.5)
  --folder DIR       where downloads stay (default: ~/.cache/bpf-token/oracle)

Exit codes: 0 measured; 2 usage; 3 not measured (the reason is printed).`;

const options = {
  libbpf: { type: "string", default: "1.5" },
  folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
};

/** Microseconds of user time, or undefined if the object does not load. */
function load({ object, loader, task }, file) {
  const before = process.cpuUsage().user;
  try {
    const spec = object.parseObject(new Uint8Array(readFileSync(file)), { name: basename(file) });
    const maps = spec.maps.map((map) => ({ ...map, pinning: "none" }));
    loader.Collection.load(task, { ...spec, maps }, { token: "never" }).close();
  } catch (error) {
    if (!(error instanceof loader.LoadError) && error.name !== "ObjectFormatError") throw error;
    return undefined;
  }
  return process.cpuUsage().user - before;
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 3;
  const packages = {
    object: await import("@bpf-token/object"),
    loader: await import("@bpf-token/loader"),
    task: (await import("@bpf-token/kernel-native")).currentTask(),
  };
  const folder = resolve(values.folder);
  const files =
    positionals.length > 0 ? positionals.map((one) => resolve(one)) : debianObjects(folder);
  const program = buildProgram(folder, "speed", await fetchLibbpf(folder, values.libbpf));
  const lines = run(program, files, folder).split("\n").filter(Boolean);
  const theirs = lines.map((line) => JSON.parse(line));
  const rows = theirs.map(({ file, user, error }) => {
    const mine = load(packages, file);
    const both = error === 0 && mine !== undefined;
    return { size: statSync(file).size, theirs: user, mine, both };
  });
  const loaded = rows.filter(({ both }) => both);
  const ms = (us) => (us / 1000).toFixed(1);
  for (const { name, rows: some } of classes(loaded)) {
    const { count, mine, theirs: libbpf } = sums(some);
    const ratio = (mine / libbpf).toFixed(2);
    console.log(`${name}: ${count} objects, ${ms(mine)} ms, libbpf ${ms(libbpf)} ms: ${ratio}`);
  }
  return 0;
}

const asked = readOptions(HELP, { options, allowPositionals: true }, (parsed) => {
  readVersion(parsed.values.libbpf);
  return parsed;
});
try {
  process.exitCode = await main(asked);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
