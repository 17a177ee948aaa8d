#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";

const HELP = `usage: npm run matrix:page [-- --check]

Writes docs/matrix.md from the data that npm run matrix -- --write wrote. Builds the packages first.

Options:
  --check     write nothing; report whether the page matches its data

Exit codes: 0 written, or it matches; 1 it differs, or the build failed; 2 usage.`;

const { check } = readOptions(HELP, { options: { check: flag } });
if (!buildQuietly()) process.exit(1);
const { newestRelease } = await import("@bpf-token/uapi");
const matrix = await import("bpf-token/matrix");
const { matrixCompared, matrixNames, matrixRows, needText } = matrix;

const path = new URL("../../../docs/matrix.md", import.meta.url);

function line(name) {
  const closed = best(matrixRows(name, { release: newestRelease }));
  const open = best(matrixRows(name, { release: newestRelease, open: true }));
  const word = name.split(" ")[1];
  const cells = [closed.init, closed.withToken ?? closed.child, open.child].map(needText);
  return `| ${word}${closed.some ? " (some attach types)" : ""} | ${cells.join(" | ")} |`;
}

/** Of the groups of attach types, the first one in which the object can be created. */
function best(rows) {
  const possible = rows.find(({ init }) => init.sets.length > 0 && init.then === undefined);
  return { ...(possible ?? rows[0]), some: rows.length > 1 };
}

function table(kind, title) {
  const names = matrixNames(newestRelease).filter((name) => name.startsWith(`${kind} `));
  return [
    `| ${title} | first user namespace | container, with a token | container, no token, sysctl at 0 |`,
    "|---|---|---|---|",
    ...names.map(line),
  ].join("\n");
}

function compared({ name, release, sysctls, cells, reasons }) {
  const differ = reasons.map(({ why, rows }) => `  - ${rows} rows differ: ${why}`);
  const value = `kernel.unprivileged_bpf_disabled at ${sysctls.join(", ")}`;
  const count = cells.toLocaleString("en");
  return [`- ${name} (Linux ${release}), ${value}: ${count} cells`, ...differ].join("\n");
}

const page = `<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tools/verify/matrix/page.mjs; DO NOT EDIT. -->
# Who may make what

What \`bpf-token support --matrix\` tells, of Linux ${newestRelease}. The second column is for
kernel.unprivileged_bpf_disabled at 1 or 2, as nearly everywhere; so is the third. Without a token and with the
sysctl set, nothing can be made in a container. A token that lacks the command, the type or the
attach type is as good as none. \`bpf-token support --matrix --type xdp\` tells which attach types
there are, and \`--release 6.12\` about another release.

${table("map", "map")}

${table("prog", "program")}

${table("btf", "BTF")}

(*ERRNO): capabilities let it through; what it is made of, which comes next, was not there.

## How it is known

\`npm run matrix\` asks cell by cell: each type (programs: each attach type, and one that
no release has), by every subset of CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN, in the
first user namespace and in one of its own, without a token, with one that delegates just this, and
with one for each bit that it lacks; and BPF_TOKEN_CREATE with every combination of what it looks
at. The model answers as every release; the answers of these kernels are the same, cell by cell,
but for what is said:

${matrixCompared.map(compared).join("\n")}
`;

if (check) {
  const same = readFileSync(path, "utf8") === page;
  if (!same) console.error("docs/matrix.md is not what its data says: npm run matrix:page");
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(path, page);
  console.log("wrote docs/matrix.md");
}
