#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { debianObjects } from "./lib/corpus.mjs";
import { fetchLibbpf, readVersion } from "./lib/libbpf.mjs";
import { buildProgram } from "./lib/record.mjs";
import { run } from "./lib/run.mjs";
import { judge, kindOf, onlyOurs, slice } from "./lib/verdicts.mjs";

const HELP = `usage: npm run tool oracle:verdicts -- [--libbpf VERSION] [--guest] [--folder DIR] [--slice N] [--verbose]
                               [OBJECT...]

Loads each program of Debian's objects alone, once with libbpf and once with the loader, and compares
the answers of the running kernel. Needs root; nothing is attached or pinned. The registry of known
differences (packages/scenario/src/known/loaders.ts) explains
some differences; these are counted separately.

Options:
  --libbpf VERSION   1.5 or 1.7 (default: 1.5)
  --guest            use the kernel of guest:6.12, which loads programs of all types and needs no
                     root
  --folder DIR       where downloads stay (default: ~/.cache/bpf-token/oracle)
  --slice N          use N objects, spread evenly
  --verbose          also print explained differences

Exit codes: 0 no unexplained difference; 1 unexplained differences (each is printed), or the build
failed; 2 usage; 3 not compared (the reason is printed).`;

const config = {
  options: {
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
    guest: flag,
    libbpf: { type: "string", default: "1.5" },
    slice: { type: "string" },
    verbose: flag,
  },
  allowPositionals: true,
};

function refine({ values, positionals }) {
  readVersion(values.libbpf);
  if (values.slice !== undefined) wholeNumber("slice", values.slice);
  return { values, positionals };
}

/** The verifier is slow on an emulated CPU. */
const GUEST_DEADLINE = 600_000;

/** The kernel under test: a task for the loader, and a function that runs libbpf. */
async function asked({ guest }, folder) {
  const native = await import("@bpf-token/kernel-native");
  if (!guest) {
    const lines = (program, files) => run(program, files, folder).split("\n").filter(Boolean);
    const ask = (program, files) => lines(program, files).map((line) => JSON.parse(line));
    return { task: native.currentTask(), ask, close: () => {} };
  }
  const { ok, why, kernel } = native.probeGuest("6.12");
  if (!ok) throw new Error(why);
  const { runInGuest } = await import("./lib/guest.mjs");
  const opened = native.openGuestKernel({ guest: "6.12", deadlineMs: GUEST_DEADLINE });
  const ask = (program, files) => runInGuest(kernel, program, files);
  return { task: opened.init.fork(), ask, close: () => opened.close() };
}

function theirVerdicts(lines) {
  return new Map(lines.map((line) => [`${line.file} ${line.program ?? ""}`, line.error]));
}

function printReport(version, { same, byKind, objects }, known) {
  const differ = [...byKind].reduce((sum, [kind, n]) => sum + (kind === onlyOurs ? 0 : n), 0);
  const share = ((100 * same) / (same + differ)).toFixed(1);
  console.log(`${objects} objects, ${same + differ} programs of those that libbpf opens`);
  console.log(`${share} % have the same verdict as with libbpf ${version}`);
  for (const [kind, count] of byKind) {
    console.log(`${count} × ${kind}: ${known(kind)?.why ?? "not explained"}`);
  }
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const folder = resolve(values.folder);
  const { task, ask, close } = await asked(values, folder);
  try {
    return await compare({ values, positionals, folder, task, ask });
  } finally {
    close();
  }
}

async function compare({ values, positionals, folder, task, ask }) {
  const { knownLoaderDifference } = await import("@bpf-token/scenario/known");
  const known = (kind) => knownLoaderDifference("verdicts", kind, values.libbpf);
  const packages = {
    object: await import("@bpf-token/object"),
    loader: await import("@bpf-token/loader"),
    task,
  };
  const program = buildProgram(folder, "verdict", await fetchLibbpf(folder, values.libbpf));
  const all =
    positionals.length > 0 ? positionals.map((one) => resolve(one)) : debianObjects(folder);
  const files = slice(all, values.slice === undefined ? all.length : Number(values.slice));
  const theirs = theirVerdicts(ask(program, files));
  const result = { same: 0, byKind: new Map(), objects: files.length };
  for (const file of files) {
    for (const [name, mine] of judge(packages, readFileSync(file), basename(file))) {
      const verdict = theirs.get(`${file} ${name}`);
      const kind = kindOf(mine, verdict);
      if (kind === undefined) result.same++;
      else result.byKind.set(kind, (result.byKind.get(kind) ?? 0) + 1);
      if (kind !== undefined && (values.verbose || known(kind) === undefined)) {
        console.log(`${file} ${name}: ${mine.error} ${mine.why}, libbpf ${verdict}`);
      }
    }
  }
  printReport(values.libbpf, result, known);
  const others = [...result.byKind.keys()].filter((kind) => known(kind) === undefined);
  return others.length === 0 ? 0 : 1;
}

const options = readOptions(HELP, config, refine);
try {
  process.exitCode = await main(options);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
