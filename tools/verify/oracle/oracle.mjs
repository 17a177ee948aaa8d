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
import { fetchLibbpf, libbpfVersions, readVersions } from "./lib/libbpf.mjs";
import { compareAllProbes, recordProbes } from "./lib/probes.mjs";
import { buildProgram, record } from "./lib/record.mjs";

/** The share of objects that must have no difference at all, in percent. */
const LEAST = 99;

const HELP = `usage: npm run tool oracle -- [--libbpf VERSION,…] [--folder DIR] [--target BTF] [--verbose] [OBJECT...]

Compares the loader with libbpf: the bpf(2) calls of both, byte by byte (BTF, maps, instructions,
func_info, line_info), and the feature probes before them, without a token and with one. It needs no
kernel. Without an OBJECT it uses the objects of Debian's packages. It downloads these and libbpf once,
and installs nothing. The registry of known differences (packages/scenario/src/known/loaders.ts)
explains some differences; these are counted separately. Objects with differences, explained or not,
may be at most ${100 - LEAST} % of those that libbpf opens.

Options:
  --libbpf VERSION,…   ${libbpfVersions.join(", ")}, or several, one after the other (default: 1.5). 1.5 comes from
                       Debian stable, 1.7 from unstable; apt runs with its own configuration and state
  --folder DIR         where downloads stay (default: ~/.cache/bpf-token/oracle)
  --target BTF         the BTF of the kernel to load for (default: that of the running kernel)
  --verbose            also print explained differences

Exit codes: 0 no unexplained difference; 1 unexplained differences (each is printed), or the build
failed; 2 usage; 3 not compared (the reason is printed).`;
const VMLINUX = "/sys/kernel/btf/vmlinux";

const text = (value) => ({ type: "string", default: value });
const options = {
  folder: text(join(homedir(), ".cache/bpf-token/oracle")),
  libbpf: text("1.5"),
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

function printReport(version, { totals, byKind }, known) {
  const { files, opens, btfs, maps, programs } = totals;
  console.log(
    `${files} objects, ${opens} of which libbpf ${version} opens; ${programs} programs, ${maps} maps, ${btfs} BTFs compared`,
  );
  console.log(`${share(totals).toFixed(1)} % of those ${opens} without any difference`);
  for (const [kind, count] of byKind) {
    console.log(`${count} × ${kind}: ${known(kind)?.why ?? "not explained"}`);
  }
}

const share = ({ equal, opens }) => (opens === 0 ? 100 : (100 * equal) / opens);

function printProbes(version, { objects, loads, loaded, withToken, probes, equal, differences }) {
  for (const difference of differences) console.log(difference);
  console.log(
    `${probes} probes of libbpf ${version} compared, of ${loads} loads of ${objects} objects, ${withToken} of them with a token, ${loaded} to the end`,
  );
  console.log(`${equal} of those ${loads} have the same probes, in the same order and places`);
}

/** Compares the calls for every file. */
function compareCalls(version, packages, kernel, recorded, show) {
  const totals = { files: 0, opens: 0, equal: 0 };
  const byKind = new Map();
  for (const theirs of recorded) {
    const file = new Uint8Array(readFileSync(theirs.file));
    const { compared, differences } = compare(packages, kernel, file, theirs, version);
    for (const [what, count] of Object.entries(compared))
      totals[what] = (totals[what] ?? 0) + count;
    totals.files++;
    if (theirs.error === 0 && differences.length === 0) totals.equal++;
    for (const { kind, text } of differences) {
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
      show(kind, `${theirs.file}: ${text}`);
    }
  }
  return { totals, byKind };
}

/** @returns the kinds of unexplained differences with one version of libbpf. */
async function compareWith(version, { folder, target, verbose }, files, packages, kernel) {
  const { knownLoaderDifference } = await import("@bpf-token/scenario/known");
  const known = (kind) => knownLoaderDifference("calls", kind, version);
  const libbpf = await fetchLibbpf(folder, version);
  const recorded = record(buildProgram(folder, "record", libbpf), target, files);
  const calls = compareCalls(version, packages, kernel, recorded, (kind, text) => {
    if (verbose || known(kind) === undefined) console.log(text);
  });
  printReport(version, calls, known);
  const { version: full, loads } = recordProbes(
    packages.object,
    buildProgram(folder, "probes", libbpf),
    target,
    files,
  );
  const read = (file) => new Uint8Array(readFileSync(file));
  const probes = compareAllProbes(packages, kernel, loads, read, version);
  printProbes(full, probes);
  const others = [...calls.byKind.keys()].filter((kind) => known(kind) === undefined);
  if (probes.differences.length > 0) others.push("probes");
  if (share(calls.totals) < LEAST) others.push(`fewer than ${LEAST} % without any difference`);
  return others.map((kind) => `${kind} (libbpf ${version})`);
}

async function main({ values, positionals, versions }) {
  if (!buildQuietly()) return 1;
  const packages = {
    object: await import("@bpf-token/object"),
    loader: await import("@bpf-token/loader"),
  };
  const folder = resolve(values.folder);
  const files =
    positionals.length > 0 ? positionals.map((one) => resolve(one)) : debianObjects(folder);
  const btf = packages.object.Btf.parse(new Uint8Array(readFileSync(values.target)));
  const kernel = { btf, ...machine() };
  const others = [];
  for (const version of versions) {
    others.push(...(await compareWith(version, { ...values, folder }, files, packages, kernel)));
  }
  console.log(
    others.length === 0 ? "no unexplained difference" : `unexplained: ${others.join(", ")}`,
  );
  return others.length === 0 ? 0 : 1;
}

const asked = readOptions(HELP, { options, allowPositionals: true }, (parsed) => {
  return { ...parsed, versions: readVersions(parsed.values.libbpf) };
});
try {
  process.exitCode = await main(asked);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
