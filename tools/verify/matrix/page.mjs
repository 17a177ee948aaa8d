#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";

const HELP = `usage: npm run tool matrix:page [-- --check]

Writes docs/matrix.md from the data that npm run tool matrix -- --write wrote. Builds the packages.

Options:
  --check     write nothing; report whether the page matches its data

Exit codes: 0 written, or it matches; 1 it differs, or the build failed; 2 usage.`;

const { check } = readOptions(HELP, { options: { check: flag } });
if (!buildQuietly()) process.exit(1);
const { defaultRelease } = await import("@bpf-token/uapi");
const matrix = await import("bpf-token/matrix");
const { isForSome, matrixCompared, matrixNames, matrixRows, needText, sortRows } = matrix;

const path = new URL("../../../docs/matrix.md", import.meta.url);

function line(name) {
  const [closed] = sortRows(matrixRows(name, { release: defaultRelease }));
  const [open] = sortRows(matrixRows(name, { release: defaultRelease, open: true }));
  const word = name.split(" ")[1];
  const cells = [closed.init, closed.withToken ?? closed.child, open.child].map(needText);
  return `| ${word}${isForSome(closed, defaultRelease) ? " (some attach types)" : ""} | ${cells.join(" | ")} |`;
}

function table(kind, title) {
  const names = matrixNames(defaultRelease).filter((name) => name.startsWith(`${kind} `));
  return [
    `| ${title} | initial user namespace | container, with a token | container, no token, sysctl at 0 |`,
    "|---|---|---|---|",
    ...names.map(line),
  ].join("\n");
}

function compared({ name, release, sysctls, cells, reasons }) {
  const differ = reasons.map(({ why, rows }) => `  - ${countRows(rows)}: ${why}`);
  const value = `kernel.unprivileged_bpf_disabled at ${sysctls.join(", ")}`;
  const count = cells.toLocaleString("en");
  return [`- ${name} (Linux ${release}), ${value}: ${count} cells`, ...differ].join("\n");
}

function countRows(rows) {
  return rows === 1 ? "1 row differs" : `${rows} rows differ`;
}

const page = `<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tools/verify/matrix/page.mjs; DO NOT EDIT. -->
# Who may create what

This page is for readers who want to know which capabilities a map, a program or BTF needs, on the host and in
a container. It shows the output of \`bpf-token support --matrix\` for Linux ${defaultRelease}.

The second and the third column apply to \`kernel.unprivileged_bpf_disabled\` at 1 or 2, as on nearly every
system. With these values a container without a token cannot create anything. A token that lacks the
command, the map or program type, or the attach type has no effect.

"Some attach types" means fewer than half of them. \`bpf-token support --matrix --type cgroup_sock\` lists the attach
types of a program type, if the kernel restricts them. \`--release 6.12\` selects another release.

${table("map", "map")}

${table("prog", "program")}

${table("btf", "BTF")}

(*ERRNO): the capabilities suffice. The call then fails because the measurement does not prepare a valid object,
such as the target function of a tracing program.

## How it is measured

\`npm run tool matrix\` makes a call for every cell. A cell is a map type, a BTF command, or a program type with
an attach type, including an attach type that no release has. Each runs with every subset of CAP_BPF,
CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN, in the initial user namespace and in a child user namespace.
Each runs without a token, with a token that delegates exactly this call, and with tokens that lack one
bit of it. BPF_TOKEN_CREATE runs with every combination of its conditions.

The model runs as every release. These kernels give the same answers, cell by cell, except for the
differences listed here:

${matrixCompared.map(compared).join("\n")}
`;

if (check) {
  const same = readFileSync(path, "utf8") === page;
  if (!same) console.error("docs/matrix.md is out of date: run npm run tool matrix:page");
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(path, page);
  console.log("wrote docs/matrix.md");
}
