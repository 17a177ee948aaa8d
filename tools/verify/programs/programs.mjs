#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flag, readOptions } from "../../lib/options.mjs";
import { bpfRefusingFilter } from "../../lib/seccomp-filter.mjs";
import { inOwnCgroup, removeCgroup } from "./lib/containers.mjs";
import { conditions, isInstalled, programs } from "./lib/programs.mjs";

const HELP = `usage: npm run tool trace:programs -- [--write] [NAME…]

Runs programs of other projects under 'bpf-token trace' and plants one cause at a time. Prints for
each whether trace named the cause. Needs root, Linux 6.9 or newer, and the programs. systemd and
bpftrace come from Debian unstable: mmdebstrap makes a root file system in ~/.cache/bpf-token/managers.
Programs that attach to cgroups run in a cgroup of their own.

Options:
  --write     write docs/trace-programs.md

Exit codes: 0 every cause was named; 1 one was not; 2 usage; 3 nothing can be run.`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { write, names } = readOptions(
  HELP,
  { options: { write: flag }, allowPositionals: true },
  ({ values, positionals }) => ({ ...values, names: positionals }),
);
const folder = mkdtempSync(join(tmpdir(), "programs-"));
const cli = [process.execPath, `${root}packages/bpf-token/bin/bpf-token.js`];
const ALL = (1n << 64n) - 1n;

/** A seccomp filter that answers EPERM to bpf(), for setpriv. */
function seccompFilter() {
  const path = join(folder, "filter");
  writeFileSync(path, bpfRefusingFilter(1));
  return path;
}

/** Traces a command. Returns the findings, and the token calls of the recording. */
function trace(command) {
  const recording = join(folder, "recording");
  const limited = ["timeout", "-s", "KILL", "8", ...command];
  spawnSync(cli[0], [cli[1], "trace", "--json", "-o", recording, "--", ...limited], {
    stdio: "ignore",
    timeout: 120_000,
  });
  const explained = spawnSync(cli[0], [cli[1], "trace", "--json", "--from", recording], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return {
    findings: JSON.parse(explained.stdout).findings,
    recording: readFileSync(recording, "utf8"),
  };
}

/** The first command, map type, program type and attach type that a program used a token for. */
function needs(recording) {
  const first = {};
  for (const line of recording.split("\n").filter((one) => one.includes('"name":"bpf"'))) {
    const { args, memory } = JSON.parse(line);
    const attr = Buffer.from(memory.find(([at]) => at === args[1])?.[1] ?? "", "base64");
    const cmd = Number(args[0]);
    const flags = { 0: 16, 5: 44, 18: 32 }[cmd];
    if (flags === undefined || attr.length < flags + 4) continue;
    if ((attr.readUInt32LE(flags) & 0x10000) === 0) continue;
    first.cmds ??= cmd;
    if (cmd === 0) first.maps ??= attr.readUInt32LE(0);
    if (cmd === 5) first.progs ??= attr.readUInt32LE(0);
    if (cmd === 5) first.attachs ??= attr.readUInt32LE(68);
  }
  return first;
}

function commandFor(condition, program, need) {
  const start = program.prepare === undefined ? [] : inOwnCgroup;
  return [...start, ...conditioned(condition, program, need)];
}

function conditioned(condition, program, need) {
  const { command } = program;
  // In a mount namespace of its own: bpftool mounts a BPF filesystem where there is none.
  const mount = 'mount -t bpf bpf /sys/fs/bpf && exec "$@"';
  if (condition.host) return ["unshare", "-m", "sh", "-c", mount, "sh", ...command];
  const inner = condition.seccomp
    ? ["setpriv", "--seccomp-filter", seccompFilter(), "--", ...command]
    : command;
  const masks = ["cmds", "maps", "progs", "attachs"].map((axis) => {
    const mask = condition.axis === axis ? ALL ^ (1n << BigInt(need[axis])) : ALL;
    return `${axis}=0x${mask.toString(16)}`;
  });
  const caps = condition.caps === undefined ? [] : ["--caps", condition.caps(program)];
  const env = condition.noToken ? ["env", "LIBBPF_BPF_TOKEN_PATH="] : [];
  return [...cli, "exec", "--delegate", masks.join(";"), ...caps, "--", ...env, ...inner];
}

/** One cell: `yes: ID`, why it was not run, or what was found instead. */
function cell(program, condition, need) {
  if (condition.host && program.attaches) return { ok: true, text: "not run: it would attach" };
  if (condition.axis !== undefined && need[condition.axis] === undefined) {
    return { ok: true, text: "does not use it" };
  }
  const { findings, recording } = trace(commandFor(condition, program, need));
  if (!recording.includes('"name":"bpf"')) return { ok: true, text: "makes no bpf() call" };
  // Notes are probes without a token, which fail in every container.
  const ids = [
    ...new Set(findings.filter(({ severity }) => severity !== "note").map(({ id }) => id)),
  ];
  const all = [...new Set(findings.map(({ id }) => id))];
  const unclear = findings.filter(
    ({ outcome, severity }) =>
      outcome === "disagreement" || (outcome === "unknown" && severity !== "note"),
  );
  const expected = condition.expected(all);
  const plants = expected.length > 0 || condition.noToken;
  if (!plants) {
    const text = ids.length === 0 ? "nothing refused" : ids.join(", ");
    return { ok: unclear.length === 0, text };
  }
  const named = expected.filter((id) => all.includes(id));
  if (named.length > 0) return { ok: true, text: `named: ${named[0]}` };
  if (need.cmds === undefined && !condition.seccomp)
    return { ok: true, text: ids.join(", ") || "uses no token" };
  return { ok: false, text: `not named: ${all.join(", ") || "nothing found"}` };
}

const wanted = programs.filter(({ name }) => names.length === 0 || names.includes(name));
const rows = [];
for (const listed of wanted) {
  const command = listed.prepare === undefined ? listed.command : listed.prepare(folder);
  const program = { ...listed, command };
  if (command === undefined || !isInstalled(command)) {
    console.log(`${program.name}: not installed`);
    rows.push({ program, cells: conditions.map(() => ({ ok: true, text: "not installed" })) });
    continue;
  }
  const [full] = conditions;
  const need = needs(trace(commandFor(full, program, {})).recording);
  const cells = conditions.map((condition) => cell(program, condition, need));
  for (const [i, { ok, text }] of cells.entries()) {
    console.log(`${ok ? "ok  " : "FAIL"} ${program.name}: ${conditions[i].name}: ${text}`);
  }
  rows.push({ program, cells });
}
removeCgroup();
rmSync(folder, { recursive: true });
const cells = rows.flatMap((row) => row.cells);
const failed = cells.filter(({ ok }) => !ok).length;
console.log(`${cells.length} cells, ${failed} where the cause was not named`);
if (write) writeFileSync(`${root}docs/trace-programs.md`, page());
process.exitCode = failed > 0 ? 1 : 0;

function page() {
  const line = (words) => `| ${words.join(" | ")} |`;
  const list = rows.flatMap(({ program, cells: own }) => [
    `### \`${program.name}\``,
    "",
    ...(program.about === undefined ? [] : [program.about, ""]),
    line(["condition", "what trace found"]),
    "|---|---|",
    ...own.map(({ text, ok }, i) => line([conditions[i].name, ok ? text : `**${text}**`])),
    "",
  ]);
  return [
    "# Programs under trace",
    "",
    "This page is for readers who ask how well `bpf-token trace` explains programs that were not written for it.",
    "`npm run tool trace:programs -- --write` writes it.",
    "",
    `Each program ran under ${conditions.length} conditions. A condition plants one cause; the table shows whether the finding`,
    "of the refused call named it. A mask lacks the first bit that the program asked for with its token. Without a token, the",
    "id is that of the capability check. `root on the host` and `everything delegated` plant no cause; the cell lists what else was",
    "refused, such as calls that need capabilities on the host.",
    "",
    `Of ${cells.length} cells, ${failed} do not name the cause or have an unexplained refusal; they are in bold type.`,
    "",
    ...list,
  ].join("\n");
}
