#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { homedir } from "node:os";
import { join } from "node:path";
import { explainText } from "@bpf-token/diagnose";
import { flag, readOptions } from "../../lib/options.mjs";
import { fetchPackages } from "./lib/download.mjs";
import { isTooCertain, isUnknown, judgePackage } from "./lib/judge.mjs";
import { irrelevant, packages } from "./lib/read.mjs";

const HELP = `usage: npm run tool messages -- [--folder DIR] [--verbose]

Downloads the programs and libraries of Debian stable, backports and unstable that load BPF programs or
run containers, without installing them. Extracts their format strings, and asks explain about each that
reports a step that permissions, tokens, limits or missing BTF can make fail: lib/select.mjs says which.
Prints for each version how many messages are known, irrelevant (irrelevant.json) and unknown.

Options:
  --folder DIR  where the files stay (default: ~/.cache/bpf-token/messages)
  --verbose     print each message with its cause

Exit codes: 0 no unknown message; 1 unknown messages, or EPERM with a certain cause (each is printed); 2
usage; 3 nothing could be downloaded (the reason is printed).`;

const config = {
  options: {
    folder: { type: "string", default: join(homedir(), ".cache/bpf-token/messages") },
    verbose: flag,
  },
};

const { folder, verbose } = readOptions(HELP, config);
const { versions, problems } = await fetchPackages(packages, folder);
for (const problem of problems) console.log(`not checked: ${problem}`);
if (versions.length === 0) process.exit(3);
console.log("| package | version | known | irrelevant | unknown |\n|---|---|---|---|---|");
const all = versions.flatMap((version) => {
  const answers = judgePackage(version, irrelevant, explainText);
  const unknown = answers.filter(isUnknown).length;
  const ignored = answers.filter(({ reason }) => reason !== undefined).length;
  const counts = [answers.length - ignored - unknown, ignored, unknown];
  console.log(`| ${[version.name, version.version, ...counts].join(" | ")} |`);
  return answers.map((answer) => ({ name: version.name, ...answer }));
});
if (verbose) {
  for (const { name, text, id, confidence, reason } of all) {
    console.log(`${name}: ${text}\n  ${id ?? reason ?? "unknown"} ${confidence ?? ""}`.trimEnd());
  }
}
const bad = all.filter((answer) => isUnknown(answer) || isTooCertain(answer));
for (const { name, text, id } of bad) {
  console.log(`${name}: ${id === undefined ? "unknown" : `certainly ${id}`}: ${text}`);
}
process.exitCode = bad.length === 0 ? 0 : 1;
