#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/**
 * matrix.mjs [--subjects native,guest:6.12,guest:uml] [--attach 0,37,…] [--write]
 *
 * Asks kernels who may make what, cell by cell (packages/conformance/src/matrix), and compares each
 * with the model of its release. --attach asks for programs of these attach types only, a slice for
 * CI. --write plays the model as every release and writes what `bpf-token support --matrix` and
 * docs/matrix.md tell.
 *
 * Exit codes: 0 nothing unexpected, 1 something, 2 usage, 3 a kernel cannot be had here.
 */
import { parseArgs } from "node:util";
import { playMatrix } from "@bpf-token/conformance/matrix";
import { createKernel } from "@bpf-token/kernel-wasm";
import { compareMatrices, explain } from "./compare.mjs";
import { known } from "./known.mjs";
import { subjectNames, sweeper, sysctlsOf, withSubject } from "./subjects.mjs";
import { writeData } from "./write.mjs";

function readOptions() {
  const { values } = parseArgs({
    options: {
      subjects: { type: "string", default: "native" },
      attach: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const subjects = values.subjects.split(",").filter((name) => name !== "");
  const strange = subjects.find((name) => !subjectNames.includes(name));
  if (strange !== undefined) {
    throw new RangeError(`no subject '${strange}': there are ${subjectNames.join(", ")}`);
  }
  const attach = values.attach?.split(",").map(Number);
  if (attach?.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new RangeError(`--attach wants numbers of attach types, not '${values.attach}'`);
  }
  return { subjects, attach, write: values.write };
}

function playModel(release, sysctl, attach) {
  const kernel = createKernel({ release, unprivilegedBpfDisabled: sysctl });
  try {
    return playMatrix(kernel, { attach });
  } finally {
    kernel.close();
  }
}

/** Compares one real kernel with the model, with every value of the sysctl that it can have. */
function compareSubject(name, attach) {
  const summary = { name, cells: 0, seconds: 0, sysctls: [], unexpected: 0, reasons: [] };
  for (const sysctl of sysctlsOf(name)) {
    const start = performance.now();
    const real = withSubject(name, sysctl, (kernel) =>
      playMatrix(kernel, { attach, asker: sweeper(kernel) }),
    );
    summary.seconds += (performance.now() - start) / 1000;
    const model = playModel(real.release, real.sysctl, attach);
    const { unexpected, counts, idle } = explain(name, compareMatrices(name, model, real), known);
    for (const { lines } of unexpected.slice(0, 40)) console.log(lines[0]);
    for (const { why } of idle) console.log(`${name}: explains nothing any more: ${why}`);
    summary.release = real.release;
    summary.sysctls.push(real.sysctl);
    summary.cells += real.asked;
    summary.unexpected += unexpected.length + idle.length;
    summary.reasons = [...counts].map(([{ why }, rows]) => ({ why, rows }));
  }
  console.log(told(summary));
  return summary;
}

function told({ name, release, sysctls, cells, seconds, unexpected, reasons }) {
  const head = `${name} (${release}), sysctl ${sysctls.join(", ")}: ${cells} cells in ${seconds.toFixed(0)} s`;
  const rows = reasons.map(({ why, rows: n }) => `\n  ${n} rows differ: ${why}`).join("");
  return `${head}, ${unexpected} unexpected differences${rows}`;
}

function main() {
  const { subjects, attach, write } = readOptions();
  const compared = subjects.map((name) => compareSubject(name, attach));
  if (write) writeData(playModel, compared);
  return compared.some(({ unexpected }) => unexpected > 0) ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.name === "CannotError" ? 3 : 2;
}
