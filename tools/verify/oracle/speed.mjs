#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// speed.mjs [--folder DIR] [OBJECT…]: user time that it takes to load Debian's objects into the running
// kernel, by libbpf and by this repository's loader, in one run; by size, and the first object apart,
// for which the kernel's types are read. Objects that one of the two does not load are left out. Needs
// root; nothing is attached or pinned. Exit codes: 0 measured, 2 usage, 3 cannot tell.
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { debianObjects } from "./lib/corpus.mjs";
import { buildProgram } from "./lib/record.mjs";
import { run } from "./lib/run.mjs";
import { classes, sums } from "./lib/speed.mjs";

const USAGE = "usage: speed.mjs [--folder DIR] [OBJECT…]";

function parse(argv) {
  try {
    const folder = { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") };
    return parseArgs({ args: argv, options: { folder }, allowPositionals: true });
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

/** Microseconds of user time; undefined if it is not loaded. */
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
  const lines = run(buildProgram(folder, "speed"), files, folder).split("\n").filter(Boolean);
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

const asked = parse(process.argv.slice(2));
try {
  process.exitCode = asked === undefined ? 2 : await main(asked);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
