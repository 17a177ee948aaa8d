// SPDX-License-Identifier: MIT
// Mutants of TypeScript: Stryker makes them, and runs the tests that reach each one.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { labFile } from "../../../lib/lab.mjs";
import { root } from "../../../lib/run.mjs";

/** Removed at the end; a name of its own, because another run may be active. */
const FOLDER = join(root, `out-tsc/mutations-${process.pid}`);

/** Texts for people are compared by tests of whole outputs; a changed word is no changed decision. */
const EXCLUDED = ["StringLiteral"];

/** A longer one contains many others, which Stryker runs too. */
const MOST_LINES = 4;

/** A logger that prints nothing. */
const quiet = new Proxy({}, { get: (_, name) => (name.startsWith("is") ? () => false : () => {}) });

/** The mutants of a file. */
export async function mutantsOfTypeScript(file, text) {
  const entry = labFile("@stryker-mutator/instrumenter/dist/src/index.js");
  const { Instrumenter } = await import(pathToFileURL(entry).href);
  const options = { plugins: null, ignorers: [], excludedMutations: EXCLUDED, noHeader: true };
  const { mutants } = await new Instrumenter(quiet).instrument(
    [{ name: file, mutate: true, content: text }],
    options,
  );
  return mutants
    .filter(({ status }) => status === undefined)
    .filter(({ location: { start, end } }) => end.line - start.line < MOST_LINES)
    .map(({ mutatorName: rule, replacement: to, location }) => ({
      ...{ rule, to, location },
      line: location.start.line + 1,
    }));
}

/** Lines and columns count from 0 here, lines of a range from 1, and both of an event from 1. */
const placeOf = ({ location: { start, end } }, line, column) =>
  `${start.line + line}:${start.column + column}-${end.line + line}:${end.column + column}`;

/**
 * Runs the tests of a part on mutants of its sources.
 *
 * @param deadline - in ms since 1970; what has no result until then has none.
 * @param all - all mutants of these files, because Stryker also runs those inside of others.
 * @returns whether a test noticed each one, by id; undefined for one that is no valid program.
 */
export async function judgeTypeScript(mutants, { sources, tests }, deadline, all) {
  const events = join(FOLDER, "events");
  mkdirSync(events, { recursive: true });
  const config = join(FOLDER, "stryker.json");
  const settings = {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "tools/verify/mutations/own/vitest.config.mjs", related: false },
    mutate: mutants.map((mutant) => `${mutant.file}:${placeOf(mutant, 1, 0)}`),
    mutator: { excludedMutations: EXCLUDED },
    coverageAnalysis: "perTest",
    concurrency: 1,
    timeoutMS: 30_000,
    // Machines are shared: all tests, with their coverage, took more than the usual five minutes.
    dryRunTimeoutMinutes: 60,
    reporters: ["event-recorder"],
    eventReporter: { baseDir: events },
    tempDirName: join(FOLDER, "sandbox"),
    ignorePatterns: [
      ...["dist", "out-tsc", "prebuilds", "/site", "/screenshots", "/core-c/build", ".nx"],
      ...[".oracle", ".guests", ".upstream", ".runtimes", ".bpf-kernels"],
    ],
    disableTypeChecks: false,
    allowConsoleColors: false,
  };
  writeFileSync(config, JSON.stringify(settings));
  const env = {
    BPF_TOKEN_MUTATION_TESTS: tests.join(" "),
    BPF_TOKEN_MUTATION_SOURCES: sources.join(" "),
  };
  const log = await runStryker(config, env, deadline);
  const results = resultsIn(events, all);
  rmSync(FOLDER, { recursive: true, force: true, maxRetries: 5 });
  if (results.size === 0 && Date.now() < deadline) throw new Error(`Stryker failed:\n${log}`);
  return results;
}

function runStryker(config, env, deadline) {
  const program = labFile("@stryker-mutator/core/bin/stryker.js");
  const child = spawn(process.execPath, [program, "run", config], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env, NO_COLOR: "1" },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  const timer = setTimeout(() => process.kill(-child.pid, "SIGKILL"), deadline - Date.now());
  return new Promise((resolve) =>
    child.on("close", () => {
      clearTimeout(timer);
      resolve(log.slice(-4000));
    }),
  );
}

const found = new Map([
  ["Killed", true],
  ["Timeout", true],
  ["Survived", false],
  ["NoCoverage", false],
]);

function resultsIn(events, mutants) {
  const wanted = new Map(
    mutants.map((mutant) => [
      `${mutant.file} ${placeOf(mutant, 1, 1)} ${mutant.rule} ${mutant.to}`,
      mutant.id,
    ]),
  );
  const results = new Map();
  for (const name of readdirSync(events).filter((one) => one.endsWith("onMutantTested.json"))) {
    let event;
    try {
      event = JSON.parse(readFileSync(join(events, name), "utf8"));
    } catch {
      // The process was ended while it wrote this file.
      continue;
    }
    const { fileName, location, mutatorName, replacement, status } = event;
    const file = fileName.startsWith(root) ? fileName.slice(root.length) : fileName;
    const id = wanted.get(`${file} ${placeOf({ location }, 0, 0)} ${mutatorName} ${replacement}`);
    if (id !== undefined) results.set(id, found.get(status));
  }
  return results;
}
