#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";

const HELP = `usage: npm run tool causes -- [--count N] [--seed N] [--loader plain|libbpf] [--verbose]

Proves that the cause which is named first is the cause. Draws random combinations of delegate masks,
capabilities, seccomp filter, map type, program type, attach type, loader, owner of the network
namespace, and way to attach an XDP or tc program to loopback. Makes each load on the running kernel,
in namespaces of its own. Asks trace, doctor --try, doctor of the recorded run, explain of the log of
strace, load and the page. Compares the check that each names first, changes what trace's first cause
says is missing, and repeats that until the load succeeds. Applies the fixes of doctor, explain and
load too, where they change something else. Without one of the changes, the load must fail. Needs root
on Linux 6.9 or newer, clang, libbpf and strace.

Options:
  --count N      number of combinations (default: 100)
  --seed N       seed of the first one; the next has N + 1 (default: 1). A failure names its seed
  --loader NAME  only this loader; plain attaches nothing
  --verbose      print each combination

Exit codes: 0 every tool names every cause; 1 exceptions (each is printed), or the build failed;
2 usage; 3 no kernel to compare with (the reason is printed).`;

const options = readOptions(
  HELP,
  {
    options: {
      count: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      loader: { type: "string" },
      verbose: flag,
    },
  },
  ({ values }) => {
    if (![undefined, "plain", "libbpf"].includes(values.loader))
      throw new RangeError(`--loader takes plain or libbpf, not '${values.loader}'`);
    return {
      ...values,
      count: wholeNumber("count", values.count),
      seed: wholeNumber("seed", values.seed),
    };
  },
);
if (!buildQuietly()) process.exit(1);

const { probeNative } = await import("@bpf-token/kernel-native");
const { drawCombination, textOf } = await import("./lib/combination.mjs");
const { openContext } = await import("./lib/stage.mjs");
const { judge } = await import("./lib/judge.mjs");
const { tableLines } = await import("./lib/table.mjs");
const support = probeNative();
if (!support.ok) {
  console.error(`not compared: ${support.why}`);
  process.exit(3);
}
const folder = mkdtempSync(join(tmpdir(), "bpf-token-causes-"));
const all = [];
try {
  const context = await openContext(folder);
  for (let i = 0; i < options.count; i++) {
    const one = drawCombination(options.seed + i, options.loader);
    const rows = judge(context, one);
    all.push(...rows);
    const wrong = rows.filter(({ verdict }) => verdict !== "agreed");
    if (wrong.length > 0 || options.verbose) console.log(textOf(one));
    for (const { tool, cause, verdict, more } of wrong)
      console.log(`  ${tool}: ${cause}: ${verdict}${more === "" ? "" : `: ${more}`}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
for (const line of tableLines(all)) console.log(line);
const wrong = all.filter(({ verdict }) => verdict !== "agreed").length;
console.log(`${options.count} combinations, ${all.length} answers: ${wrong} exceptions`);
process.exitCode = wrong === 0 ? 0 : 1;
