#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// verdicts.mjs [--folder DIR] [--slice N] [--verbose] [OBJECT…]: what the running kernel says to each
// program of Debian's objects when libbpf loads it alone, and when this repository's loader does. Needs
// root; nothing is attached or pinned. --slice takes N objects, spread evenly. Differences that
// known-verdicts.json has a reason for are counted apart. Exit codes: 0 no other, 1 others (each is
// printed), 2 usage, 3 cannot tell.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildQuietly } from "../ci/build-quietly.mjs";
import { debianObjects } from "./lib/corpus.mjs";
import { buildProgram } from "./lib/record.mjs";
import { run } from "./lib/run.mjs";
import { judge, kindOf, onlyOurs, slice } from "./lib/verdicts.mjs";

const USAGE = "usage: verdicts.mjs [--folder DIR] [--slice N] [--verbose] [OBJECT…]";
const known = JSON.parse(readFileSync(new URL("known-verdicts.json", import.meta.url), "utf8"));

function parse(argv) {
  try {
    const options = {
      folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
      slice: { type: "string" },
      verbose: { type: "boolean", default: false },
    };
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

function theirVerdicts(program, files, folder) {
  const lines = run(program, files, folder).split("\n").filter(Boolean).map(JSON.parse);
  return new Map(lines.map((line) => [`${line.file} ${line.program ?? ""}`, line.error]));
}

function tell({ same, byKind, objects }) {
  const differ = [...byKind].reduce((sum, [kind, n]) => sum + (kind === onlyOurs ? 0 : n), 0);
  const share = ((100 * same) / (same + differ)).toFixed(1);
  console.log(`${objects} objects, ${same + differ} programs of those that libbpf opens`);
  console.log(`${share} % have the verdict that libbpf gets`);
  for (const [kind, count] of byKind) {
    console.log(`${count} × ${kind}: ${known[kind] ?? "not explained"}`);
  }
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const packages = {
    object: await import("@bpf-token/object"),
    loader: await import("@bpf-token/loader"),
    task: (await import("@bpf-token/kernel-native")).currentTask(),
  };
  const folder = resolve(values.folder);
  const program = buildProgram(folder, "verdict");
  const all =
    positionals.length > 0 ? positionals.map((one) => resolve(one)) : debianObjects(folder);
  const files = slice(all, values.slice === undefined ? all.length : Number(values.slice));
  const theirs = theirVerdicts(program, files, folder);
  const result = { same: 0, byKind: new Map(), objects: files.length };
  for (const file of files) {
    for (const [name, mine] of judge(packages, readFileSync(file), basename(file))) {
      const verdict = theirs.get(`${file} ${name}`);
      const kind = kindOf(mine, verdict);
      if (kind === undefined) result.same++;
      else result.byKind.set(kind, (result.byKind.get(kind) ?? 0) + 1);
      if (kind !== undefined && (values.verbose || known[kind] === undefined)) {
        console.log(`${file} ${name}: ${mine.error} ${mine.why}, libbpf ${verdict}`);
      }
    }
  }
  tell(result);
  const others = [...result.byKind.keys()].filter((kind) => known[kind] === undefined);
  return others.length === 0 ? 0 : 1;
}

const asked = parse(process.argv.slice(2));
try {
  process.exitCode = asked === undefined ? 2 : await main(asked);
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 3;
}
