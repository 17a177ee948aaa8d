// SPDX-License-Identifier: MIT
// Mutants of native C: each is compiled, and the tests run with it in place of the built program.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCompiler, isGnu } from "../../../build/native/lib/compiler.mjs";
import { flags, programs } from "../../../build/native/lib/programs.mjs";
import { root } from "../../../lib/run.mjs";
import { masked, mutantsOf } from "../lib/sites.mjs";

const NATIVE = "packages/kernel-native/native/";
const FOLDER = join(root, `out-tsc/mutations-${process.pid}`);
const TIMEOUT = 180_000;

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

/** Compiles a program from the sources in FOLDER. Returns the path, or undefined. */
function compile(program) {
  const { file, folder, sources, link } = programs[program];
  const [compiler, ...rest] = findCompiler(process.arch, link);
  const cwd = join(FOLDER, "native", folder);
  const out = join(FOLDER, file);
  const units = readdirSync(cwd).filter((unit) => unit.endsWith(".c"));
  const files = [...units.sort(), ...sources.map((source) => join("..", source))];
  // A mutant has unused variables.
  const words = flags[link](isGnu([compiler])).filter((word) => word !== "-Werror");
  const args = [...rest, ...words, "-w", "-I", "..", "-o", out, ...files];
  return spawnSync(compiler, args, { cwd, stdio: "ignore" }).status === 0 ? out : undefined;
}

/**
 * Runs the tests with a program in place of the built one, in namespaces of their own: a mutant
 * may kill the wrong process or mount at the wrong place.
 */
function runTests(program, built, tests) {
  const place = join(root, `packages/kernel-native/prebuilds/linux-${process.arch}`);
  const mount = `mount --bind "$0" "$1" && shift && exec "$@"`;
  const namespaces = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--ipc"];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [
    ...[...namespaces, "sh", "-c", mount, built, join(place, programs[program].file)],
    ...[process.execPath, vitest, "run", "--project", "node", "--bail", "1", ...tests],
  ];
  const options = { cwd: root, encoding: "utf8", timeout: TIMEOUT, killSignal: "SIGKILL" };
  const { status, stdout } = spawnSync("unshare", args, options);
  return { passed: status === 0, log: (stdout ?? "").slice(-4000) };
}

/** As judgeTypeScript() of typescript.mjs. */
export function judgeC(mutants, { program, tests }, deadline) {
  const results = new Map();
  mkdirSync(FOLDER, { recursive: true });
  cpSync(join(root, NATIVE), join(FOLDER, "native"), { recursive: true });
  const plain = runTests(program, compile(program), tests);
  if (!plain.passed) throw new Error(`the tests fail without a mutant:\n${plain.log}`);
  for (const { id, file, text, original } of mutants) {
    if (Date.now() > deadline) break;
    const copy = join(FOLDER, "native", file.slice(NATIVE.length));
    writeFileSync(copy, text);
    const built = compile(program);
    results.set(id, built && !runTests(program, built, tests).passed);
    writeFileSync(copy, original);
  }
  rmSync(FOLDER, { recursive: true, force: true });
  return results;
}
