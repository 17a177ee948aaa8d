#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { page, stale } from "./page.mjs";

const HELP = `usage: npm run tool fidelity -- [--subjects LIST] [--from FOLDER] [--write | --check]

Runs every scenario of the suite on real kernels and on the model of their release, and reports for
each rule of the specification whether they agree. Builds the packages first.

Options:
  --subjects LIST   native, guest:6.12, guest:6.18 …, guest:uml, bpf:6.12, bpf:7.3, separated by
                    commas (default: native,guest:6.12,guest:uml,guest:7.3)
  --from FOLDER     use what npm run test:full found on a kernel, out-tsc/outcomes, if it ran each
                    scenario there
  --write           write the table to docs/fidelity.md, or to docs/fidelity-bpf.md if a subject is a
                    bpf:RELEASE, which 'npm run kernel-bpf' builds
  --check           report whether the page has this table; a table that was written on other
                    kernels is not compared

Exit codes: 0 as expected; 1 an unexpected difference, another table, or the build failed; 2 usage;
3 a kernel is not available on this machine.`;

const values = readOptions(HELP, {
  options: { subjects: { type: "string" }, from: { type: "string" }, write: flag, check: flag },
});
if (!buildQuietly()) process.exit(1);
const { proofs } = await import("@bpf-token/conformance/proofs");
const { parseScenario } = await import("@bpf-token/scenario");
const { configurationOf, KnownDifferences, knownDifferences } = await import(
  "@bpf-token/scenario/known"
);
const { releaseOf } = await import("@bpf-token/syscall");
const { subjectNames, usualSubjects, withSubject } = await import("../matrix/subjects.mjs");
const { bpfSubjects, withBpfKernel } = await import("./kernel-bpf.mjs");
const { foundByTests, ofRule, sysctl, tryScenario } = await import("./collect.mjs");

const root = new URL("../../../", import.meta.url);
const folder = new URL("packages/conformance/scenarios/", root);

function readScenarios() {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return names.map((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    return { file, text, scenario: parseScenario(text, { file }) };
  });
}

/** The known differences of a kernel, and whether it has vmlinux BTF. */
function givenFor(kernel) {
  // The known differences do not excuse options that the running kernel may lack: such scenarios
  // declare the option and are skipped.
  const configuration =
    kernel.backend === "native"
      ? { ...configurationOf(kernel), without: [] }
      : configurationOf(kernel);
  return {
    known: new KnownDifferences(knownDifferences, "suite", configuration),
    vmlinuxBtf: !configuration.without?.includes("DEBUG_INFO_BTF"),
  };
}

/** Whether the next scenario can use the same kernel. */
function isUsable(name, kernel) {
  // The running kernel starts fast, so each scenario gets a new executor. A guest is shared until a
  // scenario sets the sysctl to 1, which is irreversible. Linux's BPF subsystem starts fast, and a call
  // that is not modelled ends it.
  return name.startsWith("guest:") && kernel.readSysctl(sysctl) !== 1;
}

function trySubject(name, scenarios) {
  const tried = new Map();
  const left = [...scenarios];
  let release = "";
  const play = (kernel) => {
    release = releaseOf(kernel);
    const { known, vmlinuxBtf } = givenFor(kernel);
    do {
      const one = left.shift();
      kernel.settle();
      tried.set(one.file, tryScenario(kernel, one.scenario, known, vmlinuxBtf));
    } while (left.length > 0 && isUsable(name, kernel));
  };
  const open = bpfSubjects.includes(name)
    ? () => withBpfKernel(name, play)
    : () => withSubject(name, undefined, play);
  while (left.length > 0) open();
  return { name, release, tried };
}

function main() {
  const names = values.subjects?.split(",") ?? [...usualSubjects, "guest:7.3"];
  const known = [...subjectNames, ...bpfSubjects];
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined)
    throw new RangeError(`no subject '${strange}': there are ${known.join(", ")}`);
  const isBpf = names.some((name) => bpfSubjects.includes(name));
  const pageName = isBpf ? "docs/fidelity-bpf.md" : "docs/fidelity.md";
  const pagePath = new URL(pageName, root);
  const scenarios = readScenarios();
  const rules = JSON.parse(readFileSync(new URL("docs/spec/rules.json", root), "utf8"));
  const subjects = names.map(
    (name) => foundByTests(values.from, name, scenarios) ?? trySubject(name, scenarios),
  );
  const rows = rules.map(({ id }) => {
    const proven = proofs.some((proof) => proof.rules.includes(id));
    const cells = subjects.map(({ tried }) => ofRule(id, scenarios, tried, proven));
    return { id, cells };
  });
  for (const [i, { name, release, tried }] of subjects.entries()) {
    const count = (how) => rows.filter(({ cells }) => cells[i].how === how).length;
    const odd = [...tried].filter(([, { how }]) => how === "unexpected");
    for (const [file, { why }] of odd) console.log(`${name}: ${file}: ${why[0]}`);
    console.log(
      `${name} (${release}): ${rows.length} rules: ${count("agree")} agree, ${count("differ")} differ for a known reason, ${count("not tried")} not tried, ${count("unexpected")} unexpected`,
    );
  }
  if (values.write) {
    writeFileSync(pagePath, page(subjects, rows, isBpf));
    console.log(`wrote ${pageName}`);
  }
  const old = values.check
    ? stale(readFileSync(pagePath, "utf8"), page(subjects, rows, isBpf), pageName)
    : { differs: false };
  if (old.why !== undefined) console.log(old.why);
  if (old.differs) return 1;
  return rows.some(({ cells }) => cells.some(({ how }) => how === "unexpected")) ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.name === "CannotError" ? 3 : 2;
}
