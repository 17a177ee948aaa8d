#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, homedir, release } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { compare } from "./lib/compare.mjs";
import { debianObjects } from "./lib/corpus.mjs";
import { compareAllProbes, recordProbes } from "./lib/probes.mjs";
import { buildRecorder, record } from "./lib/record.mjs";

const HELP = `usage: npm run oracle -- [--folder DIR] [--target BTF] [--verbose] [OBJECT...]

Compares the loader with libbpf: the bpf(2) calls of both, byte by byte (BTF, maps, instructions,
func_info, line_info), and the feature probes before them, without a token and with one. It needs no
kernel. Without an OBJECT it uses the objects of Debian's packages. It downloads these and libbpf once,
and installs nothing. The registry of known differences (packages/scenario/src/known/loaders.ts)
explains some differences; these are counted separately.

Options:
  --folder DIR   where downloads stay (default: ~/.cache/bpf-token/oracle)
  --target BTF   the BTF of the kernel to load for (default: that of the running kernel)
  --verbose      also print explained differences

Exit codes: 0 no unexplained difference; 1 unexplained differences (each is printed), or the build
failed; 2 usage; 3 not compared (the reason is printed).`;
const VMLINUX = "/sys/kernel/btf/vmlinux";

const text = (value) => ({ type: "string", default: value });
const options = {
  folder: text(join(homedir(), ".cache/bpf-token/oracle")),
  target: text(VMLINUX),
  verbose: flag,
};

/** The data about the host's kernel that libbpf collects itself, except BTF. */
function machine() {
  const [kallsyms, config] = ["/proc/kallsyms", "/proc/config.gz"];
  return {
    ...(existsSync(kallsyms) ? { kallsyms: readFileSync(kallsyms) } : {}),
    ...(existsSync(config) ? { kconfig: gunzipSync(readFileSync(config)).toString() } : {}),
    processors: availableParallelism(),
    release: release(),
  };
}

function printReport(totals, byKind, known) {
  const { files, opens, btfs, maps, programs, equal } = totals;
  console.log(
    `${files} objects, ${opens} of which libbpf opens; ${programs} programs, ${maps} maps, ${btfs} BTFs compared`,
  );
  console.log(`${((100 * equal) / opens).toFixed(1)} % of those ${opens} without any difference`);
  for (const [kind, count] of byKind) {
    console.log(`${count} × ${kind}: ${known(kind)?.why ?? "not explained"}`);
  }
}

function printProbes(version, { objects, loads, loaded, withToken, probes, equal, differences }) {
  for (const difference of differences) console.log(difference);
  console.log(
    `${probes} probes of libbpf ${version} compared, of ${loads} loads of ${objects} objects, ${withToken} of them with a token, ${loaded} to the end`,
  );
  console.log(`${equal} of those ${loads} have the same probes, in the same order and places`);
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const object = await import("@bpf-token/object");
  const loader = await import("@bpf-token/loader");
  const { knownLoaderDifference } = await import("@bpf-token/scenario/known");
  const known = (kind) => knownLoaderDifference("calls", kind);
  const folder = resolve(values.folder);
  const program = buildRecorder(folder);
  const files =
    positionals.length > 0 ? positionals.map((one) => resolve(one)) : debianObjects(folder);
  const btf = object.Btf.parse(new Uint8Array(readFileSync(values.target)));
  const kernel = { btf, ...machine() };
  const totals = { files: 0, opens: 0, equal: 0 };
  const byKind = new Map();
  for (const theirs of record(program, values.target, files)) {
    const file = new Uint8Array(readFileSync(theirs.file));
    const { compared, differences } = compare({ object, loader }, kernel, file, theirs);
    for (const [what, count] of Object.entries(compared))
      totals[what] = (totals[what] ?? 0) + count;
    totals.files++;
    if (theirs.error === 0 && differences.length === 0) totals.equal++;
    for (const { kind, text } of differences) {
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
      if (values.verbose || known(kind) === undefined) console.log(`${theirs.file}: ${text}`);
    }
  }
  printReport(totals, byKind, known);
  const { version, loads } = recordProbes(object, folder, values.target, files);
  const read = (file) => new Uint8Array(readFileSync(file));
  const probes = compareAllProbes({ object, loader }, kernel, loads, read);
  printProbes(version, probes);
  const others = [...byKind.keys()].filter((kind) => known(kind) === undefined);
  if (probes.differences.length > 0) others.push("probes");
  console.log(others.length === 0 ? "no unexplained difference" : `unexplained: ${others}`);
  return others.length === 0 ? 0 : 1;
}

const asked = readOptions(HELP, { options, allowPositionals: true }, (parsed) => parsed);
try {
  process.exitCode = await main(asked);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
