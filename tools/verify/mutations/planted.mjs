#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readOptions, wholeNumber } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { applyChange, readClasses } from "./lib/classes.mjs";

const HELP = `usage: npm run tool planted -- SOURCE [--sequences N] [--every N] [--from N] [--json FILE]

Plants the bugs of planted/*.json in the token.c and inode.c of SOURCE (Linux 6.12), one at a time, and
runs 'bpf-token fuzz' on the source with and without it. Prints for each bug whether fuzz found it,
whether the folder of the finding reproduces it, and whether it names the changed function. SOURCE is
what 'bpf-token upstream build' accepts. The packages must be built.

Options:
  --sequences N  sequences for each bug (default: 200000)
  --every N      plant one of N bugs (default: 1)
  --from N       begin with bug N (default: 0)
  --json FILE    also write the rows to FILE

Exit codes: 0 every bug is found, reproduced and named; 1 a bug is not; 2 usage; 3 no such source.`;

const program = join(root, "packages/bpf-token/bin/bpf-token.js");

function refine({ values, positionals }) {
  const [source, ...more] = positionals;
  if (source === undefined || more.length > 0) throw new RangeError("give one SOURCE");
  const names = ["sequences", "every", "from"];
  const all = names.map((name) => [name, wholeNumber(name, values[name])]);
  return { ...values, ...Object.fromEntries(all), source };
}

const number = (value) => ({ type: "string", default: String(value) });
const options = readOptions(
  HELP,
  {
    allowPositionals: true,
    options: {
      sequences: number(200_000),
      every: number(1),
      from: number(0),
      json: { type: "string" },
    },
  },
  refine,
);

const folder = mkdtempSync(join(tmpdir(), "bpf-token-planted-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function run(...words) {
  const env = { ...process.env, BPF_TOKEN_UPSTREAM: join(folder, "store") };
  return spawnSync(process.execPath, [program, ...words], { encoding: "utf8", cwd: folder, env });
}

/** Writes a tree with the files of SOURCE, and returns their texts by path. */
async function readSource() {
  const { findSource } = await import("@bpf-token/upstream/node");
  const { files, says, release } = await findSource(options.source);
  return {
    release: release ?? says,
    texts: new Map(files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)])),
  };
}

function build(name, release, texts) {
  const tree = join(folder, name);
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  const { status, stderr } = run("upstream", "build", tree, "--as", release, "--name", name);
  rmSync(tree, { recursive: true });
  return status === 0 ? undefined : stderr;
}

/** Plants one bug and judges what fuzz says about it. */
function judge(change, { release, texts }) {
  const { path, mutant } = change;
  const planted = applyChange(texts.get(path) ?? "", mutant);
  if (planted.missing !== undefined) return { state: `no place: ${planted.missing}` };
  const failed = build("planted", release, new Map([...texts, [path, planted.text]]));
  if (failed !== undefined)
    return { state: `does not compile: ${failed.split("\n")[1] ?? failed}` };
  const corpus = join(folder, "found");
  rmSync(corpus, { recursive: true, force: true });
  const subjects = ["--subjects", "upstream:base,upstream:planted"];
  const limit = ["--sequences", String(options.sequences), "--findings", "1", "--corpus", corpus];
  const start = performance.now();
  const { stdout } = run("fuzz", ...subjects, ...limit, "--json");
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const { findings = [], tally } = JSON.parse(stdout);
  const { sequences } = tally;
  if (findings.length === 0) return { state: "not found", sequences, seconds };
  const place = join(corpus, findings[0]);
  const record = JSON.parse(readFileSync(join(place, "finding.json"), "utf8"));
  const again =
    record.reproducedBy === "scenario"
      ? run("diff", join(place, "scenario.yaml"), ...subjects)
      : run("fuzz", "--replay", place);
  const [named] = record.parting?.places ?? [];
  return {
    state: "found",
    sequences,
    seconds,
    kind: record.kind,
    by: record.reproducedBy,
    reproduces: again.status === 1,
    named: named?.function ?? "nothing",
    line: planted.line,
    namesLine:
      named !== undefined && named.line <= planted.line + 2 && named.endLine >= planted.line,
  };
}

const source = await readSource().catch((error) => {
  console.error(error.message);
  process.exit(3);
});
const failed = build("base", source.release, source.texts);
if (failed !== undefined) {
  console.error(failed);
  process.exit(3);
}
const all = readClasses("planted").flatMap(({ path, mutants }) =>
  mutants.map((mutant) => ({ path, mutant })),
);
const rows = [];
for (const change of all.filter((_, i) => i % options.every === options.from)) {
  const { class: kind, function: name, what } = change.mutant;
  const row = { class: kind, function: name, what, ...judge(change, source) };
  rows.push(row);
  const isNamed = row.named === name ? "named" : `names ${row.named}`;
  const result =
    row.state === "found"
      ? `found after ${row.sequences} sequences, ${row.seconds} s, ${row.kind}; ${row.by} ${row.reproduces ? "reproduces" : "DOES NOT REPRODUCE"}; ${isNamed}`
      : row.state;
  console.log(`${name}(): ${what} (${kind})\n  ${result}`);
}
const found = rows.filter(({ state }) => state === "found");
const reproduced = found.filter(({ reproduces }) => reproduces);
const named = found.filter((row) => row.named === row.function);
console.log(
  `${rows.length} bugs: ${found.length} found, ${reproduced.length} reproduced, ${named.length} named`,
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 1)}\n`);
process.exitCode = named.length === rows.length && reproduced.length === rows.length ? 0 : 1;
