#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCapabilities, parseDelegateOptions } from "@bpf-token/delegation";
import { CannotError } from "../../guest/lib/errors.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { describeDifference, isEqual } from "./lib/compare-runs.mjs";
import { fetchUnstable } from "./lib/debian.mjs";
import { formatRows, found, readRows, totalOf } from "./lib/exec-page.mjs";
import { filesOf, policies, readPrograms } from "./lib/exec-programs.mjs";
import { compileFeatures } from "./lib/go.mjs";
import { quote, runInGuest } from "./lib/guest.mjs";
import { RUN_SECONDS, runLimited } from "./lib/limit.mjs";

const HELP = `usage: npm run tool exec:programs -- [--kernels LIST] [--write] [NAME…]

Runs programs of other projects twice with each of several policies: on a real kernel, and with
'exec --subject' on the model of its release. Compares exit status and output. Programs with a newer
libbpf come from Debian unstable. Needs root, and the programs.

Options:
  --kernels LIST  real kernels: 'running' (Linux 6.9 or newer) and releases of guests; 'bpf:R'
                  compares guest R with Linux's own BPF subsystem in place of the model
                  (default: running,6.12,7.3,bpf:7.3)
  --seconds N     end a run after N seconds (default: ${RUN_SECONDS}); the command then fails
  --write         write docs/exec-programs.md; with names, only the rows of these programs

Exit codes: 0 each difference has a reason; 1 one has none; 2 usage; 3 nothing can be run, or a run
did not finish.`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { write, kernels, seconds, names } = readOptions(
  HELP,
  {
    options: {
      ...{ write: flag, seconds: { type: "string", default: `${RUN_SECONDS}` } },
      kernels: { type: "string", default: "running,6.12,7.3,bpf:7.3" },
    },
    allowPositionals: true,
  },
  ({ values, positionals }) => ({
    ...{ write: values.write, names: positionals },
    kernels: values.kernels.split(","),
    seconds: atLeastOne(wholeNumber("seconds", values.seconds)),
  }),
);
const cli = [process.execPath, `${root}packages/bpf-token/bin/bpf-token.js`];
const executor = `${root}packages/kernel-native/prebuilds/linux-x64/bpf-exec`;
const [here] = /^\d+\.\d+/.exec(release()) ?? [];

/** For timeout(1), 0 is no limit. */
function atLeastOne(number) {
  if (number === 0) throw new RangeError("--seconds takes 1 or more");
  return number;
}

function which(name) {
  if (name.startsWith("/")) return existsSync(name) ? name : undefined;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Runs a command in a namespace without privileges on the host, as 'exec' does by itself. */
function run(subject, { program, policy }) {
  const outside = subject === undefined ? ["--net"] : ["--user", "--map-root-user", "--net"];
  const args = ["exec", "--delegate", policy.delegate, "--caps", policy.caps ?? "all"];
  const of = subject === undefined ? [] : ["--subject", subject];
  const { status, stdout, stderr } = runLimited({
    name: `${program.name}, ${policy.short}, ${subject ?? "the running kernel"}`,
    command: ["unshare", ...outside, ...cli, ...args, ...of, "--", ...program.command],
    seconds,
  });
  return { status, stdout, stderr };
}

const cells = (programs) =>
  programs.flatMap((program) => policies.map((policy) => ({ program, policy })));

/** The runs on a real kernel, in the order of the cells. */
async function onKernel(kernel, programs, unstable) {
  if (kernel === "running") return cells(programs).map((cell) => run(undefined, cell));
  const runs = cells(programs).map(({ program, policy }) => {
    const options = parseDelegateOptions([policy.delegate]);
    const caps = `0x${BigInt.asUintN(64, parseCapabilities(policy.caps ?? "all")).toString(16)}`;
    const start = ["unshare", "-n", "/bpf-exec", "delegate", "/sys/fs/bpf", caps, "0"];
    const words = [...start, ...options, "--", ...program.command];
    const name = `${program.name}, ${policy.short}, ${kernel}`;
    return { name, line: `${words.map(quote).join(" ")} 3>/dev/null` };
  });
  const files = [[executor, "/bpf-exec"], ...filesOf(programs, unstable, which)];
  return await runInGuest({ kernel: imageOf(kernel), files, runs, seconds });
}

const guestRuns = new Map();

/** The runs in a guest, which two comparisons may need. */
function inGuest(release, programs, unstable) {
  const known = guestRuns.get(release) ?? onKernel(release, programs, unstable);
  guestRuns.set(release, known);
  return known;
}

/** The release of 'bpf:R'; undefined for another kernel. */
const ofModule = (kernel) => /^bpf:(.+)$/.exec(kernel)?.[1];

const subjectOf = (kernel) =>
  ofModule(kernel) ? kernel : `model@${kernel === "running" ? here : kernel}`;

/** Why a subject cannot run anything; undefined if it can. */
function problemOf(subject) {
  const command = [...cli, "exec", "--subject", subject, "--initial", "--", "true"];
  const { status, stderr } = runLimited({ name: subject, command, seconds });
  return status === 0 ? undefined : stderr.trim();
}

/** Compares the runs of a kernel with those of its model, or of its module. */
async function compare(kernel, programs, unstable) {
  const subject = subjectOf(kernel);
  const real = await inGuest(ofModule(kernel) ?? kernel, programs, unstable);
  return cells(programs).map((cell, i) => {
    const { program, policy } = cell;
    const own = run(subject, cell);
    const result = { kernel, program, policy, status: real[i].status, ...judge(real[i], own) };
    if (!result.same) {
      const why = result.reason ?? "DIFFERS";
      console.log(`${program.name}, ${policy.short}, ${subject}: ${why}`);
    }
    return result;
  });
}

function judge(real, model) {
  if (isEqual(real, model)) return { same: true };
  return { same: false, reason: describeDifference(real, model), real, own: model };
}

function leave(code, line) {
  console.error(line);
  process.exit(code);
}

if (process.getuid?.() !== 0)
  leave(3, "the programs run in namespaces of this kernel: run as root");
const unstable = await fetchUnstable();
const chosen = readPrograms(unstable, await compileFeatures()).filter(
  ({ name }) => names.length === 0 || names.includes(name),
);
const programs = chosen.filter(({ command }) => which(command[0]) !== undefined);
if (programs.length === 0) leave(3, "none of the programs is installed");
const absent = chosen.filter((one) => !programs.includes(one)).map(({ name }) => name);
if (absent.length > 0) console.log(`not installed: ${absent.join(", ")}`);

const { guestsFolder } = await import("@bpf-token/kernel-native");
const imageOf = (kernel) => join(guestsFolder(), kernel, "vmlinux");
for (const kernel of kernels) {
  const name = ofModule(kernel) ?? kernel;
  if (kernel === "running" || existsSync(imageOf(name))) continue;
  leave(3, `there is no ${imageOf(name)}. Fix: npm run guest -- build ${name}`);
}

const results = [];
try {
  for (const subject of kernels.map(subjectOf)) {
    const problem = problemOf(subject);
    if (problem !== undefined) throw new CannotError(`${subject}: ${problem}`);
  }
  for (const kernel of kernels) results.push(...(await compare(kernel, programs, unstable)));
} catch (error) {
  if (!(error instanceof CannotError)) throw error;
  leave(3, `exec:programs: ${error.message}`);
}
const unknown = results.filter((one) => !one.same && one.reason === undefined);
if (process.env.BPF_TOKEN_VERBOSE === "1")
  for (const { real, own } of unknown) console.log(JSON.stringify({ real, own }, null, 1));
const named = new Map(
  programs.map((program) => [
    program.name,
    policies.map((policy) =>
      results.filter((one) => one.program === program && one.policy === policy).map(found),
    ),
  ]),
);
console.log(totalOf(named));
if (write) writePage();
process.exitCode = unknown.length === 0 ? 0 : 1;

/** With names, the rows of other programs stay unchanged. */
function writePage() {
  const path = `${root}docs/exec-programs.md`;
  const kept = names.length === 0 ? [] : readRows(readFileSync(path, "utf8"), kernels.length);
  writeFileSync(path, page(new Map([...kept, ...named])));
}

function page(rows) {
  const releases = kernels.map((kernel) =>
    kernel === "running" ? `${release().replace(/-.*/, "")}` : `${kernel} in a guest`,
  );
  const real = releases.filter((_, i) => !ofModule(kernels[i]));
  const modules = kernels.filter(ofModule).map((name) => `\`${name}\``);
  const also =
    modules.length === 0
      ? ""
      : ` The runs in the guest are
also compared with Linux's own BPF subsystem (${modules.join(", ")}), with the verdicts of its verifier. It is a module, and
\`the model\` in a reason means it too.`;
  return `<!-- SPDX-License-Identifier: MIT -->
<!-- Code generated by npm run tool exec:programs -- --write; DO NOT EDIT. -->

# Programs of others on the model

This page is for everybody who wants to know how far to trust [\`exec --subject\`](exec.md). Each program ran on Linux
${real.join(", ")} and on the model of each of these releases, with the same policy.${also}

A number is the exit status of all these runs. A number in parentheses names a difference below the table. Values
separated by slashes are those of the kernels in this order: ${kernels.join(", ")}. The output of equal
runs was equal too.

${formatRows(rows, policies)}

systemd 262 of Debian unstable has no row. Its \`systemd-nsresourced\` starts on both sides, but loads its program only
where \`/sys/kernel/security\` is mounted, which no container here has. \`systemd-networkd\` makes no \`bpf()\` call in a
network namespace of its own. In that of the host it ends on the model by name: elements of cgroup_array maps. Other
units need a booted system; [trace-programs.md](trace-programs.md) records one.

Programs without a version of libbpf are those of Debian stable, with libbpf 1.5; the others are those of Debian
unstable. Ids, addresses, times, process numbers and tags of programs are not compared.
`;
}
