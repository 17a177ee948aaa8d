#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { assertBpfRelease, bpfReleases } from "../../lib/releases.mjs";
import { debianObjects } from "../oracle/lib/corpus.mjs";
import { judge, slice } from "../oracle/lib/verdicts.mjs";
import { compareVerdicts } from "./lib/compare.mjs";
import { unexplained } from "./lib/known.mjs";
import { section, withSection } from "./lib/page.mjs";
import { compareRuns, rightRuns, runAll, unexpected } from "./lib/retvals.mjs";
import { verifierTests, withSelftests } from "./lib/selftests.mjs";

const HELP = `usage: npm run tool kernel-bpf:verdicts -- [--release R] [--packages NAME,…] [--slice N] [OBJECT...]

Loads each program of Debian's objects alone, once on the module that 'npm run kernel-bpf' built and
once on the real kernel of the same release in a guest. Compares verdict, errno and verifier log, and
prints each difference by name. Needs no root; nothing is attached or pinned.

Options:
  --release R        ${bpfReleases.join(" or ")} (default: ${bpfReleases[0]})
  --packages NAME,…  only the objects of these Debian packages: xdp-tools
  --selftests        the kernel's own tests verifier_*, compiled from its source; needs clang-19,
                     bpftool, python3 and the headers of libc. Programs for which a test expects a
                     return value also run once, with BPF_PROG_TEST_RUN
  --tests NAME,…     of these tests, only those whose name contains one of these words: arena,ldsx
  --folder DIR       where downloads stay (default: ~/.cache/bpf-token/oracle)
  --slice N          use N objects, spread evenly
  --write            write the result to docs/verify-verdicts.md; only for all objects of a kind
  --verbose          also print the programs with equal verdicts

Exit codes: 0 no difference without a known reason; 1 there are some; 2 usage; 3 not compared (the
reason is printed).`;

const config = {
  options: {
    release: { type: "string", default: bpfReleases[0] },
    packages: { type: "string" },
    selftests: flag,
    tests: { type: "string", default: "" },
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/oracle") },
    slice: { type: "string" },
    write: flag,
    verbose: flag,
  },
  allowPositionals: true,
};

function refine({ values, positionals }) {
  assertBpfRelease(values.release);
  if (values.slice !== undefined) wholeNumber("slice", values.slice);
  const parts = [values.packages, values.slice, values.tests || undefined, ...positionals];
  if (values.write === true && parts.some((one) => one !== undefined))
    throw new RangeError("--write needs all objects of a kind, so it does not go with a selection");
  return { values, positionals };
}

const pagePath = fileURLToPath(new URL("../../../docs/verify-verdicts.md", import.meta.url));

/** The share of programs with `__retval` that must return what they return on a real kernel, of all tests. */
const RUNS_MIN = 0.98;

/** The verifier is slow on an emulated CPU. */
const DEADLINE = 120_000;

function chosenFiles({ values, positionals }) {
  if (positionals.length > 0) return positionals.map((one) => resolve(one));
  const wanted = values.packages?.split(",");
  const all = debianObjects(resolve(values.folder)).filter((path) => {
    return wanted === undefined || wanted.some((name) => basename(path).includes(`.${name}.`));
  });
  return slice(all.sort(), values.slice === undefined ? all.length : Number(values.slice));
}

/** Returns a function that judges an object on the module. It boots again after a trap. */
async function moduleJudge(packages, release) {
  const { createBpfKernel } = await import("@bpf-token/kernel-bpf");
  const { readBpfKernel } = await import("@bpf-token/kernel-bpf/node");
  const kernel = createBpfKernel(readBpfKernel(release));
  const options = {
    kernelBtf: packages.object.Btf.parse(kernel.btf),
    kconfig: kernel.config,
    env: {},
  };
  const booted = kernel.snapshot();
  const other = (error) => {
    kernel.restore(booted);
    return moduleError(error);
  };
  const asked = { ...packages, task: kernel.init, options, other };
  const judgeOne = (bytes, name) => {
    kernel.restore(booted);
    return new Map([...judge(asked, bytes, name)].map(([key, one]) => [key, withoutSymbols(one)]));
  };
  const runs = (bytes, name) => {
    kernel.restore(booted);
    return runAll(asked, bytes, name);
  };
  return { kernel, options, judge: judgeOne, runs };
}

/** The loader makes further calls after one that is not modelled; their errors name it as the cause. */
function moduleError(error) {
  const found = [error, error.cause].find((one) => one?.name === "NotModelledError");
  if (found === undefined) return { isTrap: true, why: error.message, log: "" };
  return { isNotModelled: true, why: found.message, log: "" };
}

/** The module has no /proc/kallsyms, so the loader cannot ask it about a symbol. */
function withoutSymbols(one) {
  const unknown = one.error === undefined && one.why.includes("/proc/kallsyms");
  return unknown ? { ...one, isNotModelled: true } : one;
}

async function guestJudge(packages, release, options) {
  const native = await import("@bpf-token/kernel-native");
  const { ok, why } = native.probeGuest(release);
  if (!ok) throw new Error(why);
  const open = () => native.openGuestKernel({ guest: release, deadlineMs: DEADLINE });
  let guest = open();
  const asked = { ...packages, task: guest.init.fork(), options, other };
  // Safety rules refuse some calls before they reach the guest. Others take too long there.
  function other(error) {
    if (error.name !== "SafetyError" && error.name !== "KernelLostError") throw error;
    if (error.name === "KernelLostError") {
      guest.close();
      guest = open();
      asked.task = guest.init.fork();
    }
    return { error: null, why: error.message, log: "" };
  }
  return {
    release: guest.release,
    judge: (bytes, name) => judge(asked, bytes, name),
    runs: (bytes, name, only) => runAll(asked, bytes, name, only),
    close: () => guest.close(),
  };
}

async function selftests({ release, tests }, use) {
  const { guestsFolder } = await import("@bpf-token/kernel-native");
  const { bpfKernelFolder } = await import("@bpf-token/kernel-bpf/node");
  const btf = join(bpfKernelFolder(), release, "vmlinux.btf");
  const wanted = verifierTests(tests.split(","));
  await withSelftests({ release, guests: guestsFolder(), btf, clang: "clang-19", wanted }, use);
}

function print(result, module, guest) {
  const { programs, equal, errnoEqual, refused, logEqual, notModelled, notCompared } = result;
  console.log(`module: Linux ${module.release}; guest: Linux ${guest.release}`);
  console.log(`${programs} programs: ${equal} with equal verdict, ${errnoEqual} with equal errno`);
  console.log(`${refused} refused by both: ${logEqual} with equal log`);
  if (notCompared > 0)
    console.log(`${notCompared} not compared: too large or too slow for the guest`);
  if (notModelled > 0) console.log(`${notModelled} not modelled`);
  const { runs, runsExpected, runsAsGuest, runsNotModelled } = result;
  if (runs > 0) {
    console.log(`${runs} programs with __retval: ${runsExpected} return the expected value,`);
    console.log(
      `${runsAsGuest} another one, as the guest does, ${runsNotModelled} are not modelled`,
    );
  }
}

async function writePage({ release, selftests: isSelftests }, result, module, guest) {
  const { bpfKernelFolder } = await import("@bpf-token/kernel-bpf/node");
  const about = JSON.parse(readFileSync(join(bpfKernelFolder(), release, "kernel.json"), "utf8"));
  const kind = isSelftests ? "selftests" : "debian";
  const date = new Date().toISOString().slice(0, 10);
  const names = { module: module.release, guest: guest.release };
  const text = section({ release, kind, result, ...names, about, date });
  const page = existsSync(pagePath) ? readFileSync(pagePath, "utf8") : "";
  writeFileSync(pagePath, withSection(page, text));
}

async function main({ values, positionals }) {
  if (!buildQuietly()) return 1;
  const packages = {
    object: await import("@bpf-token/object"),
    loader: await import("@bpf-token/loader"),
    syscall: await import("@bpf-token/syscall"),
  };
  const ours = await moduleJudge(packages, values.release);
  const theirs = await guestJudge(packages, values.release, ours.options);
  const result = {
    ...{
      programs: 0,
      equal: 0,
      errnoEqual: 0,
      refused: 0,
      logEqual: 0,
      notModelled: 0,
      notCompared: 0,
      runs: 0,
      runsExpected: 0,
      runsAsGuest: 0,
      runsNotModelled: 0,
      runsOfArenas: 0,
    },
    differences: [],
  };
  // The tests pass on real kernels, so the guest runs only what returns another value here.
  const runs = (bytes, name) => {
    const mine = ours.runs(bytes, name);
    const only = unexpected(mine);
    return [mine, only.size === 0 ? new Map() : theirs.runs(bytes, name, only)];
  };
  const compareAll = (files) => {
    for (const file of files) {
      const [bytes, name] = [readFileSync(file), basename(file)];
      const verdicts = [ours.judge(bytes, name), theirs.judge(bytes, name)];
      compareVerdicts(result, name, ...verdicts, values.verbose ? console.log : () => {});
      if (values.selftests) compareRuns(result, name, ...runs(bytes, name));
    }
  };
  try {
    if (values.selftests) await selftests(values, compareAll);
    else compareAll(chosenFiles({ values, positionals }));
  } finally {
    theirs.close();
  }
  for (const line of result.differences) console.log(line);
  print(result, ours.kernel, theirs);
  if (values.write === true) await writePage(values, result, ours.kernel, theirs);
  const unknown = unexplained(result.differences);
  for (const line of unknown) console.error(`without a known reason: ${line}`);
  // A few tests may be those of what the module does not have.
  const isTooFew = result.runs > 0 && values.tests === "" && rightRuns(result) < RUNS_MIN;
  if (isTooFew)
    console.error(
      `less than ${100 * RUNS_MIN} % of the programs return what they do on a real kernel`,
    );
  return unknown.length === 0 && !isTooFew ? 0 : 1;
}

const options = readOptions(HELP, config, refine);
try {
  process.exitCode = await main(options);
} catch (error) {
  if (!["BpfKernelMissingError", "BpfModuleError", "Error"].includes(error.name)) throw error;
  console.error(`not compared: ${error.message}`);
  process.exitCode = 3;
}
