#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/**
 * fidelity.mjs [--subjects native,guest:6.12,guest:uml] [--write]
 *
 * Runs every scenario of the suite on real kernels and on the model of their release, and tells for
 * each rule of the specification whether they agree. --write puts the table into docs/fidelity.md.
 *
 * Exit codes: 0 nothing unexpected, 1 something, 2 usage, 3 a kernel cannot be had here.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cloudDifferences, umlDifferences } from "@bpf-token/conformance";
import { proofs } from "@bpf-token/conformance/proofs";
import { parseScenario } from "@bpf-token/scenario";
import { releaseOf } from "@bpf-token/syscall";
import { subjectNames, withSubject } from "../matrix/subjects.mjs";
import { ofRule, tryScenario } from "./collect.mjs";
import { page } from "./page.mjs";

const root = new URL("../../", import.meta.url);
const folder = new URL("packages/conformance/scenarios/", root);

function readScenarios() {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return names.map((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    return { file, text, scenario: parseScenario(text, { file }) };
  });
}

/** What a subject needs to be compared fairly. */
const given = {
  "guest:6.12": { known: cloudDifferences },
  "guest:uml": { known: umlDifferences, vmlinuxBtf: false },
};

function trySubject(name, scenarios) {
  const tried = new Map();
  let release = "";
  const play = (kernel, some) => {
    release = releaseOf(kernel);
    for (const one of some) {
      kernel.settle();
      tried.set(one.file, tryScenario(kernel, one, given[name] ?? {}));
    }
  };
  // What starts at once is had fresh for each scenario; a guest is shared, and had once more for
  // those that close it for ever.
  if (name === "native") {
    for (const one of scenarios) withSubject(name, undefined, (kernel) => play(kernel, [one]));
  } else {
    const closes = ({ text }) => text.includes("write_sysctl");
    const [others, last] = [scenarios.filter((s) => !closes(s)), scenarios.filter(closes)];
    withSubject(name, undefined, (kernel) => play(kernel, others));
    withSubject(name, undefined, (kernel) => play(kernel, last));
  }
  return { name, release, tried };
}

function main() {
  const { values } = parseArgs({
    options: {
      subjects: { type: "string", default: subjectNames.join(",") },
      write: { type: "boolean", default: false },
    },
  });
  const names = values.subjects.split(",");
  const strange = names.find((name) => !subjectNames.includes(name));
  if (strange !== undefined) throw new RangeError(`no subject '${strange}'`);
  const scenarios = readScenarios();
  const rules = JSON.parse(readFileSync(new URL("docs/spec/rules.json", root), "utf8"));
  const subjects = names.map((name) => trySubject(name, scenarios));
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
      `${name} (${release}): ${rows.length} rules: ${count("agree")} agree, ${count("differ")} differ for a reason, ${count("not tried")} not tried, ${count("unexpected")} unexpected`,
    );
  }
  if (values.write) {
    writeFileSync(new URL("docs/fidelity.md", root), page(subjects, rows));
    console.log("wrote docs/fidelity.md");
  }
  return rows.some(({ cells }) => cells.some(({ how }) => how === "unexpected")) ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.name === "CannotError" ? 3 : 2;
}
