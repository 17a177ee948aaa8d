#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { compareMatrices, explain } from "./compare.mjs";

const HELP = `usage: npm run tool matrix -- [--subjects LIST] [--attach LIST] [--sysctl LIST] [--write]

Tests on real kernels who may create what, cell by cell: every map type, program type and attach type,
with every set of capabilities, with a token and without. Compares each kernel with the model of its
release. packages/conformance/src/matrix makes the calls. Builds the packages first.

Options:
  --subjects LIST   native, guest:6.12, guest:6.18 …, guest:uml, separated by commas (default: native)
  --attach LIST     only programs of these attach types, numbers separated by commas
  --sysctl LIST     only these values of kernel.unprivileged_bpf_disabled in a guest (default: 0,1,2)
  --write           also run the model as every release, and write the data of
                    bpf-token support --matrix; npm run tool matrix:page then writes docs/matrix.md

Exit codes: 0 no unexpected difference; 1 differences, or the build failed; 2 usage; 3 a kernel is
not available on this machine.`;

const values = readOptions(HELP, {
  options: {
    subjects: { type: "string", default: "native" },
    attach: { type: "string" },
    sysctl: { type: "string" },
    write: flag,
  },
});
if (!buildQuietly()) process.exit(1);
const { runMatrix } = await import("@bpf-token/conformance/matrix");
const { createKernel } = await import("@bpf-token/kernel-wasm");
const { KnownDifferences, knownDifferences } = await import("@bpf-token/scenario/known");
const { configurationFor, subjectNames, createSweeper, sysctlsOf, withSubject } = await import(
  "./subjects.mjs"
);
const { writeData } = await import("./write.mjs");

function choose() {
  const subjects = values.subjects.split(",").filter((name) => name !== "");
  const strange = subjects.find((name) => !subjectNames.includes(name));
  if (strange !== undefined) {
    throw new RangeError(`no subject '${strange}': there are ${subjectNames.join(", ")}`);
  }
  const attach = values.attach?.split(",").map(Number);
  if (attach?.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new RangeError(`--attach takes numbers of attach types, not '${values.attach}'`);
  }
  const sysctls = values.sysctl?.split(",").map(Number);
  if (sysctls?.some((n) => ![0, 1, 2].includes(n))) {
    throw new RangeError(`--sysctl takes 0, 1 and 2, not '${values.sysctl}'`);
  }
  return { subjects, attach, sysctls, write: values.write };
}

function runModel(release, sysctl, attach) {
  const kernel = createKernel({ release, unprivilegedBpfDisabled: sysctl });
  try {
    return runMatrix(kernel, { attach });
  } finally {
    kernel.close();
  }
}

/** Compares one real kernel with the model, for each possible value of the sysctl. */
function compareSubject(name, { attach, sysctls = sysctlsOf(name) }) {
  const date = new Date().toISOString().slice(0, 10);
  const summary = { name, date, cells: 0, seconds: 0, sysctls: [], unexpected: 0, reasons: [] };
  for (const sysctl of sysctls) {
    const start = performance.now();
    const { real, known } = withSubject(name, sysctl, (kernel) => ({
      real: runMatrix(kernel, { attach, runCalls: createSweeper(kernel) }),
      known: new KnownDifferences(knownDifferences, "matrix", configurationFor(kernel)),
    }));
    summary.seconds += (performance.now() - start) / 1000;
    const model = runModel(real.release, real.sysctl, attach);
    const { unexpected, counts, idle } = explain(compareMatrices(name, model, real), known);
    for (const { lines } of unexpected.slice(0, 40)) console.log(lines[0]);
    for (const { id } of idle)
      console.log(`${name}: the known difference ${id} matches no row any more`);
    summary.release = real.release;
    summary.sysctls.push(real.sysctl);
    summary.cells += real.asked;
    summary.unexpected += unexpected.length + idle.length;
    summary.reasons = [...counts].map(([{ why }, rows]) => ({ why, rows }));
  }
  console.log(summaryLine(summary));
  return summary;
}

function summaryLine({ name, release, sysctls, cells, seconds, unexpected, reasons }) {
  const head = `${name} (${release}), sysctl ${sysctls.join(", ")}: ${cells} cells in ${seconds.toFixed(0)} s`;
  const rows = reasons.map(({ why, rows: n }) => `\n  ${n} rows differ: ${why}`).join("");
  return `${head}, ${unexpected} unexpected differences${rows}`;
}

function main() {
  const chosen = choose();
  const compared = chosen.subjects.map((name) => compareSubject(name, chosen));
  if (chosen.write) writeData(runModel, compared);
  return compared.some(({ unexpected }) => unexpected > 0) ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.name === "CannotError" ? 3 : 2;
}
