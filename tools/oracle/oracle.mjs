#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// oracle.mjs [--folder DIR] [--target BTF] [--verbose] [OBJECT…]: what libbpf would ask a kernel for,
// beside what the package object says: types, maps, instructions, func_info and line_info, byte by
// byte. Without objects those of Debian's packages are taken, which are downloaded once, as is libbpf,
// and kept in DIR. Nothing is installed, and no kernel is asked. Differences that known.json has a
// reason for are counted apart. Exit codes: 0 no other, 1 others (each is printed), 2 usage,
// 3 cannot tell.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildQuietly } from "../ci/build-quietly.mjs";
import { compare } from "./lib/compare.mjs";
import { debianObjects } from "./lib/corpus.mjs";
import { buildRecorder, record } from "./lib/record.mjs";

const USAGE = "usage: oracle.mjs [--folder DIR] [--target BTF] [--verbose] [OBJECT…]";
const VMLINUX = "/sys/kernel/btf/vmlinux";
const known = JSON.parse(readFileSync(new URL("known.json", import.meta.url), "utf8"));

function parse(argv) {
  try {
    const text = (value) => ({ type: "string", default: value });
    const options = {
      folder: text(join(homedir(), ".cache/bpf-token/oracle")),
      target: text(VMLINUX),
      verbose: { type: "boolean", default: false },
    };
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

/** Addresses of the kernel's symbols, as far as they are shown. */
function addresses() {
  const path = "/proc/kallsyms";
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const found = new Map();
  for (const line of lines) {
    const [address, , name] = line.split(/\s/, 3);
    if (name !== undefined && !found.has(name)) found.set(name, BigInt(`0x${address}`));
  }
  return (name) => found.get(name);
}

function tell(totals, byKind) {
  const { opens, btfs, maps, programs } = totals;
  console.log(`${opens} objects, ${programs} programs, ${maps} maps, ${btfs} BTFs compared`);
  for (const [kind, count] of byKind) {
    console.log(`${count} × ${kind}: ${known[kind] ?? "not explained"}`);
  }
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const object = await import("@bpf-token/object");
  const folder = resolve(values.folder);
  const program = buildRecorder(folder);
  const files =
    positionals.length > 0 ? positionals.map((one) => resolve(one)) : debianObjects(folder);
  const btf = object.Btf.parse(new Uint8Array(readFileSync(values.target)));
  const kernel = { btf, address: addresses(), processors: availableParallelism() };
  const totals = {};
  const byKind = new Map();
  for (const theirs of record(program, values.target, files)) {
    const file = new Uint8Array(readFileSync(theirs.file));
    const { compared, differences } = compare(object, kernel, file, theirs);
    for (const [what, count] of Object.entries(compared))
      totals[what] = (totals[what] ?? 0) + count;
    for (const { kind, text } of differences) {
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
      if (values.verbose || known[kind] === undefined) console.log(`${theirs.file}: ${text}`);
    }
  }
  tell(totals, byKind);
  const others = [...byKind.keys()].filter((kind) => known[kind] === undefined);
  console.log(others.length === 0 ? "no difference that is not explained" : `others: ${others}`);
  return others.length === 0 ? 0 : 1;
}

const asked = parse(process.argv.slice(2));
try {
  process.exitCode = asked === undefined ? 2 : await main(asked);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
