// SPDX-License-Identifier: MIT
// Mutants of native C: each is compiled, and the tests run with it in place of the built program.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../lib/run.mjs";
import { masked, mutantsOf } from "../lib/sites.mjs";
import { Build, SIZE } from "./native/build.mjs";
import { linesOf, reaching } from "./native/coverage.mjs";
import { Session } from "./native/session.mjs";

const FOLDER = join(root, `out-tsc/mutations-${process.pid}`);
/** Which tests run first, in ms. */
const SOON = 300;
/**
 * A test that polls for what never comes uses too little CPU time to be noticed. It gets this time in
 * ms, and so many times as long as without a mutant, when the machine was as busy.
 */
const [LEAST_LIMIT, MOST_TIMES] = [20_000, 10];
/** One of so many tests may fail without a mutant. */
const MOST_FAILING = 20;

/** What lib/sites.mjs has no rule for: calls without a result, flags, and octal masks. */
function moreMutants(text) {
  const code = masked(text);
  const rules = [
    ["call is gone", /(?<=\n\t+)(?!return\b)\w+\([^;{}]*\);(?=\n)/g, ";"],
    ["flag is gone", /\b[A-Z][A-Z0-9_]+ \| (?=[A-Z])/g, ""],
    ["mask is 0", /\b0[0-7]{2,}\b/g, "0"],
    ["+ 1 is gone", / [+-] 1\b/g, ""],
    ["break is gone", /\bbreak;/g, ";"],
    ["continue is gone", /\bcontinue;/g, ";"],
  ];
  return rules.flatMap(([rule, pattern, to]) =>
    [...code.matchAll(pattern)].map(({ 0: old, index }) => ({
      ...{ rule, to: `${old.trim().split("\n")[0]} → ${to}` },
      line: text.slice(0, index).split("\n").length,
      // Line breaks stay, so that the compiler's messages have the right line.
      text: text.slice(0, index) + to + text.slice(index + old.length),
    })),
  );
}

/** The mutants of a C file. */
export function mutantsOfC(_file, text) {
  const known = mutantsOf(text).map(({ rule, line, column, text: changed }) => {
    return { rule, line, to: `at column ${column}`, text: changed };
  });
  return [...known, ...moreMutants(text)].sort((a, b) => a.line - b.line);
}

/** What each test reaches, with how long it takes. */
async function traceTests(session, build) {
  const map = join(FOLDER, "map");
  writeFileSync(map, Buffer.alloc(SIZE));
  // Programs of other users write to it.
  chmodSync(map, 0o666);
  const program = build.traced(map);
  session.put(program);
  const { failed, broken, hangs, errors, results } = await session.run({ trace: true });
  if (broken || hangs) throw new Error(`the tests do not run:\n${errors.join("\n")}`);
  const useless = await failing(session, build, results, failed);
  const notes = readFileSync(join(FOLDER, "traces"), "utf8").trim().split("\n").map(JSON.parse);
  const fileOf = new Map(results.map(({ name, file }) => [name, file]));
  // What runs between tests may prepare each test of the file.
  const before = new Map();
  for (const { name, set } of notes.filter(({ kind }) => kind === "before"))
    before.set(fileOf.get(name), [...(before.get(fileOf.get(name)) ?? []), ...set]);
  const traces = results
    .filter(({ state, name }) => state !== "skipped" && !useless.has(name))
    .map((one) => {
      const own = notes.filter(({ kind, name }) => kind === "in" && name === one.name);
      const set = [...own.flatMap((note) => note.set), ...(before.get(one.file) ?? [])];
      // A test that notes nothing may run the program where it cannot open the map, and a test may
      // see that the program writes there.
      const isKnown = set.length > 0 && one.state === "passed";
      return { ...one, set: isKnown ? set : undefined };
    });
  return { lines: linesOf(program), traces };
}

/** The tests that fail with the unchanged program in these namespaces. */
async function failing(session, build, results, names) {
  if (names.length === 0) return new Set();
  session.put(build.plain());
  const files = results.filter(({ name }) => names.includes(name)).map(({ file }) => file);
  const plain = await session.run({ files: [...new Set(files)], tests: names, all: true });
  const all = [...plain.failed, ...plain.errors].join("\n");
  if (plain.failed.length > results.length / MOST_FAILING)
    throw new Error(`the tests fail without a mutant:\n${all}`);
  for (const name of plain.failed)
    console.log(`skipped, as it fails without a mutant: ${name.slice(root.length)}`);
  return new Set(plain.failed);
}

/** The files of tests: first those that noticed most mutants, then those that take least time. */
function sorted(tests, kills) {
  const times = new Map();
  for (const { file, duration } of tests) times.set(file, (times.get(file) ?? 0) + duration);
  const kill = (file) => kills.get(file) ?? 0;
  return [...times.keys()].sort((a, b) => kill(b) - kill(a) || times.get(a) - times.get(b));
}

/** Runs the tests that reach a mutant: first those that end soon. */
async function isNoticed(session, tests, kills) {
  const steps = [
    tests.filter(({ duration }) => duration < SOON),
    tests.filter(({ duration }) => duration >= SOON),
  ];
  for (const step of steps.filter(({ length }) => length > 0)) {
    const names = step.map(({ name }) => name);
    const files = sorted(step, kills);
    const usual = step.reduce((sum, { duration }) => sum + duration, 0);
    const limit = LEAST_LIMIT + MOST_TIMES * usual;
    const { failed, broken, hangs } = await session.run({ files, tests: names, limit });
    if (!hangs && !broken && failed.length === 0) continue;
    const by = step.find(({ name }) => name === failed[0]);
    kills.set(by?.file, (kills.get(by?.file) ?? 0) + 1);
    return { noticed: true, by, hangs };
  }
  return { noticed: false };
}

/** As judgeTypeScript() of typescript.mjs. */
export async function judgeC(mutants, { program, tests, log }, deadline) {
  mkdirSync(FOLDER, { recursive: true });
  const build = new Build(program, FOLDER);
  const session = new Session(FOLDER, build.file, tests);
  try {
    const { lines, traces } = await traceTests(session, build);
    return await judgeAll(mutants, { build, session, lines, traces, log }, deadline);
  } finally {
    session.end();
    rmSync(FOLDER, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function judgeAll(mutants, { build, session, lines, traces, log }, deadline) {
  const [results, kills, alone] = [new Map(), new Map(), new Map()];
  /** Whether a test passes with the unchanged program, if no other test runs before. */
  const passesAlone = async (test) => {
    if (!alone.has(test)) {
      session.put(build.plain());
      const { failed } = await session.run({ files: [test.file], tests: [test.name] });
      alone.set(test, failed.length === 0);
    }
    return alone.get(test);
  };
  for (const { id, file, line, text, original } of mutants) {
    if (Date.now() > deadline) break;
    const start = Date.now();
    const built = build.mutant(file, text);
    if (built === undefined) continue;
    session.put(built);
    const all = reaching(lines, traces, file, line, masked(original)) ?? traces;
    const { noticed, by, hangs } = await isNoticed(session, all, kills);
    const how = hangs ? "by a program that does not end" : (by?.name.slice(root.length) ?? "");
    const time = `${((Date.now() - start) / 1000).toFixed(1)} s, ${all.length} tests`;
    log(`${file.split("/").at(-1)}:${line}: ${noticed ? "noticed" : "missed"}, ${time} ${how}`);
    if (by !== undefined && !(await passesAlone(by))) {
      console.log(`${by.name.slice(root.length)} needs the tests before it: no result of ${id}`);
      continue;
    }
    results.set(id, noticed);
  }
  return results;
}
