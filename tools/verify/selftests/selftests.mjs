#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findArchive } from "../../build/kernel-bpf/lib/source.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { runInGuest } from "../programs/lib/guest.mjs";
import { RUN_SECONDS, runLimited } from "../programs/lib/limit.mjs";
import { buildSelftests, upstreamFiles } from "./lib/build.mjs";
import { describe, isSame, reasonOf } from "./lib/results.mjs";

const HELP = `usage: npm run tool exec:selftests -- [--release R] [--write] [SUBJECT…]

Compiles the kernel's own selftests of tokens (prog_tests/token.c of Debian's kernel source), and runs
them in a guest of that release and with 'bpf-token exec --subject' on SUBJECT: model@R, upstream:NAME
or bpf:R (default: model@R, the upstream module of the source, and bpf:R if it was built). Compares
exit status and each assertion. Needs no root.

Options:
  --release R  of source and guest: 6.12 (default) or a newer one
  --write      write docs/exec-selftests.md

Exit codes: 0 each difference has a reason; 1 one has none; 2 usage; 3 nothing can be run, or a run
did not finish.`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const cli = [process.execPath, `${root}packages/bpf-token/bin/bpf-token.js`];
const sysctl = "/proc/sys/kernel/unprivileged_bpf_disabled";
/** The values of kernel.unprivileged_bpf_disabled: that of Debian, and that of upstream's CI. */
const values = [2, 0];

const { release, write, subjects } = readOptions(
  HELP,
  {
    options: { release: { type: "string", default: "6.12" }, write: flag },
    allowPositionals: true,
  },
  ({ values: given, positionals }) => ({ ...given, subjects: positionals }),
);

async function main(folder) {
  const { guestsFolder } = await import("@bpf-token/kernel-native");
  const guests = guestsFolder();
  const image = join(guests, release, "vmlinux");
  if (!existsSync(image))
    throw new Error(`there is no ${image}. Fix: npm run guest -- build ${release}`);
  const program = buildSelftests({ release, guests, image, folder });
  const names = spawnSync(program, { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
  console.log(`${names.length} subtests of Linux ${release}, compiled from its source`);
  const guest = await inGuest(image, program, names);
  const env = buildUpstream(folder, guests);
  const chosen = subjects.length > 0 ? subjects : defaultSubjects();
  const columns = [];
  for (const subject of chosen) {
    const found = runAll(subject, { program, names, folder, env });
    if (found !== undefined) columns.push({ subject, runs: found });
  }
  if (columns.length === 0) throw new Error("none of the subjects is available");
  return { names, guest, columns };
}

function defaultSubjects() {
  return [`model@${release}`, `upstream:${release}`, `bpf:${release}`];
}

/** The runs in the guest, by value of the sysctl. */
async function inGuest(kernel, program, names) {
  const runs = values.flatMap((value) => [
    { name: `unprivileged_bpf_disabled=${value}`, line: `echo ${value} >${sysctl}` },
    ...names.map((name) => ({
      name: `${name}, unprivileged_bpf_disabled=${value}`,
      line: `/token-test ${name}`,
    })),
  ]);
  const results = await runInGuest({ kernel, files: [[program, "/token-test"]], runs });
  return values.map((_, i) => {
    const start = i * (names.length + 1) + 1;
    const found = results.slice(start, start + names.length);
    return found.map(({ status, stdout, stderr }) => ({ status, stdout: `${stdout}\n${stderr}` }));
  });
}

/** Builds the upstream module of the source in a store of its own. */
function buildUpstream(folder, guests) {
  const env = {
    ...process.env,
    BPF_TOKEN_UPSTREAM: join(folder, "modules"),
    BPF_TOKEN_GUESTS: guests,
  };
  const archive = findArchive(release, { source: undefined, guests });
  const build = ["upstream", "build", archive, "--name", release];
  const { status, stderr } = spawnSync(cli[0], [...cli.slice(1), ...build], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) console.log(`no upstream:${release}: ${stderr.split("\n")[0]}`);
  return env;
}

/** Runs all subtests on a subject; undefined if it is not available. */
function runAll(subject, { program, names, folder, env }) {
  const options = { ...env, BPF_SELFTESTS_BPF_TOKEN_DIR: join(folder, "fs") };
  const probe = run(subject, subject, ["true"], options);
  if (probe.status !== 0) {
    console.log(`${subject} is not available: ${probe.stdout.trim().split("\n")[0]}`);
    return undefined;
  }
  return values.map((value) =>
    names.map((name) => {
      const script = `echo ${value} >${sysctl} && exec "$0" ${name}`;
      const title = `${name}, unprivileged_bpf_disabled=${value}, ${subject}`;
      return run(title, subject, ["sh", "-c", script, program], options);
    }),
  );
}

/** Runs a command without privileges on the host, so that only the subject's sysctl can change. */
function run(name, subject, command, env) {
  const outside = process.getuid?.() === 0 ? ["unshare", "--user", "--map-root-user", "--net"] : [];
  const exec = [...cli, "exec", "--subject", subject, "--initial", "--", ...command];
  const { status, stdout, stderr } = runLimited({
    ...{ name, env, command: [...outside, ...exec], seconds: RUN_SECONDS },
  });
  return { status, stdout: `${stdout}\n${stderr}` };
}

function judge({ names, guest, columns }) {
  return values.flatMap((value, v) =>
    names.map((name, i) => {
      const real = guest[v][i];
      const cells = columns.map(({ runs }) => {
        const own = runs[v][i];
        const same = isSame(real, own);
        return { same, own, reason: same ? undefined : reasonOf(own) };
      });
      return { value, name, real, cells };
    }),
  );
}

function page({ columns }, rows, total) {
  const reasons = [
    ...new Set(rows.flatMap(({ cells }) => cells.flatMap(({ reason }) => reason ?? []))),
  ];
  const cell = ({ same, own, reason }) =>
    same
      ? "same"
      : `${describe(own)} ${reason === undefined ? "**no reason**" : `(${reasons.indexOf(reason) + 1})`}`;
  const table = (value) => [
    `| subtest | guest:${release} | ${columns.map(({ subject }) => subject).join(" | ")} |`,
    `|---|---|${columns.map(() => "---|").join("")}`,
    ...rows
      .filter((row) => row.value === value)
      .map(
        ({ name, real, cells }) => `| ${[name, describe(real), ...cells.map(cell)].join(" | ")} |`,
      ),
  ];
  return `<!-- SPDX-License-Identifier: MIT -->
<!-- Code generated by npm run tool exec:selftests -- --write; DO NOT EDIT. -->

# The kernel's selftests of tokens

This page is for everybody who wants to know how far to trust [\`exec --subject\`](exec.md). The kernel has its own tests
of tokens, \`tools/testing/selftests/bpf/prog_tests/token.c\`. \`npm run tool exec:selftests\` compiles them from Debian's
source of Linux ${release}, and runs each subtest in a guest of that release and with \`exec --subject … --initial\` by an
ordinary user. "same" means equal exit status, and each assertion of both processes with the same result. The number
of assertions is in parentheses.

With \`kernel.unprivileged_bpf_disabled=2\`, the value of Debian:

${table(2).join("\n")}

With \`kernel.unprivileged_bpf_disabled=0\`, the value of upstream's own test machines:

${table(0).join("\n")}

${total}.

${reasons.map((reason, i) => `${i + 1}. ${reason}\n`).join("")}
The program contains these files of the kernel: ${upstreamFiles.join("; ")}. The \`main()\` function is ours, in place of
\`test_progs\`. A subtest that fails in the guest with the value 2 needs an array map, which the subtest does not delegate.
`;
}

if (!buildQuietly()) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), "exec-selftests-"));
try {
  const result = await main(folder);
  const rows = judge(result);
  for (const { value, name, real, cells } of rows) {
    const told = cells.map(({ same, own, reason }, i) => {
      const answer = same ? "same" : `${describe(own)}: ${reason ?? "DIFFERS"}`;
      return `${result.columns[i].subject}: ${answer}`;
    });
    console.log(
      `${name}, unprivileged_bpf_disabled=${value}: ${describe(real)}; ${told.join("; ")}`,
    );
  }
  const all = rows.flatMap(({ cells }) => cells);
  const same = all.filter((cell) => cell.same).length;
  const unknown = all.filter((cell) => !cell.same && cell.reason === undefined).length;
  const total = `${all.length} runs on ${result.columns.length} subjects: ${same} are the same, ${all.length - same - unknown} differ for a reason, ${unknown} differ without one`;
  console.log(total);
  if (write) writeFileSync(`${root}docs/exec-selftests.md`, page(result, rows, total));
  process.exitCode = unknown === 0 ? 0 : 1;
} catch (error) {
  const reported = ["Error", "BpfKernelError", "CannotError"];
  if (!reported.includes(error.name)) throw error;
  console.error(`exec:selftests: ${error.message}`);
  process.exitCode = 3;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
