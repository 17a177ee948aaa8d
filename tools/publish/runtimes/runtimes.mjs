#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { findChromium } from "../../lib/chromium.mjs";
import { isMarked, writeMarked } from "../../lib/marked.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { withInstalled } from "../packages/lib/pack.mjs";
import { askChromium, bundlePage, served } from "../packages/lib/page.mjs";
import { layOutSuite } from "./lib/cases.mjs";
import { installEngines } from "./lib/engines.mjs";
import { askFirefox, findFirefox } from "./lib/firefox.mjs";

/** The page with the table. */
const PAGE = "docs/backends.md";

const HELP = `usage: npm run tool runtimes -- [--write | --check]

Installs the packed packages in an empty folder and runs the smoke part of the suite there in each
engine: the versions of Node in package.json, Bun, Deno, Chromium and Firefox; also bpf-token demo and
one call on the running kernel. Prints a table. Builds the packages first; downloads the engines.

Options:
  --write   write the table to docs/backends.md
  --check   report whether docs/backends.md has this table

Exit codes: 0 all pass; 1 a test fails, or the table differs; 2 usage; 3 an engine or the running
kernel is not available.`;

const page = `
import cases from "./cases.mjs";
import { smoke } from "./smoke.mjs";
globalThis.answer = smoke(cases);
`;

function start([program, ...args], app) {
  const env = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const run = spawnSync(program, args, { cwd: app, env, encoding: "utf8", timeout: 120_000 });
  if (run.status === 0) return run.stdout;
  throw new Error(`ended with ${run.status ?? run.signal}: ${run.stderr || run.error?.message}`);
}

/** One engine: the suite, the demo and the running kernel. */
function inEngine({ command, title, version }, app, expectedDemo) {
  const { native, ...suite } = JSON.parse(start([...command, "engine.mjs"], app));
  const demo = start([...command, "node_modules/bpf-token/bin/bpf-token.js", "demo"], app);
  const problems = [...suite.problems];
  if (demo !== expectedDemo) problems.push("the demo prints other output than in this Node");
  if (native.problem !== undefined) problems.push(`the running kernel: ${native.problem}`);
  return { title, version, ...suite, problems, demo: demo === expectedDemo, native };
}

/** A row, or a row with the error. */
async function attempt(title, version, play) {
  const started = performance.now();
  let row;
  try {
    row = await play();
  } catch (cause) {
    row = { title, version, browser: version === undefined, problems: [cause.message] };
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const name = `${row.title} ${row.version ?? ""}`.trim();
  const { calls, runs, problems } = row;
  console.log(`${name}: ${calls ?? 0} answers of ${runs ?? 0} runs compared, ${seconds} s`);
  for (const problem of problems.slice(0, 5)) console.log(`  wrong: ${problem}`);
  if (row.native?.why !== undefined) console.log(`  running kernel not tried: ${row.native.why}`);
  return row;
}

async function inBrowsers(app) {
  const programs = [
    ["Chromium", findChromium(), askChromium],
    ["Firefox", findFirefox(), askFirefox],
  ];
  const folder = await bundlePage(app, page);
  const rows = [];
  for (const [title, program, ask] of programs) {
    if (program === undefined) {
      console.log(`skipped: ${title} (none found)`);
      continue;
    }
    const play = async () => {
      const { version, answer } = await served(folder, (url) => ask(program, url));
      return { title, version, ...answer, browser: true };
    };
    rows.push(await attempt(title, undefined, play));
  }
  return rows;
}

const cell = (good) => (good === undefined ? "–" : good ? "passes" : "FAILS");

/** The table does not name the versions of browsers, because Debian updates them. */
function table(rows) {
  const line = ({ title, version, browser, problems, demo, native }) => {
    const name = browser ? `${title}, as Debian 13 has it` : `${title} ${version}`;
    const kernel = native === undefined ? undefined : native.ok === true;
    return `| ${name} | ${cell(problems.length === 0)} | ${cell(demo)} | ${cell(kernel)} |`;
  };
  const head = ["| engine | suite on the model | `bpf-token demo` | running kernel |"];
  return [...head, "|---|---|---|---|", ...rows.map(line)].join("\n");
}

async function play(app, options) {
  await layOutSuite(app);
  const expectedDemo = start(
    [process.execPath, "node_modules/bpf-token/bin/bpf-token.js", "demo"],
    app,
  );
  const rows = [];
  for (const engine of installEngines()) {
    const one = () => inEngine(engine, app, expectedDemo);
    rows.push(await attempt(engine.title, engine.version, one));
  }
  rows.push(...(await inBrowsers(app)));
  const text = table(rows);
  console.log(text);
  if (rows.some(({ problems }) => problems.length > 0)) return 1;
  if (rows.filter(({ browser }) => browser).length < 2) return 3;
  if (rows.some(({ native }) => native?.why !== undefined)) return 3;
  if (options.write) writeMarked(PAGE, "runtimes", text);
  if (!options.check || isMarked(PAGE, "runtimes", text)) return 0;
  console.error(`${PAGE} is out of date: run \`npm run tool runtimes -- --write\``);
  return 1;
}

async function main(values) {
  buildExecutor();
  if (!buildQuietly()) return 1;
  return await withInstalled(({ app }) => play(app, values));
}

try {
  process.exitCode = await main(readOptions(HELP, { options: { write: flag, check: flag } }));
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
