// SPDX-License-Identifier: MIT
// Builds the switched kernel, checks that all tests pass on it, and plans the mutants.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { unmodelledFeatures } from "@bpf-token/kernel-wasm";
import { chooseCompiler } from "../../../build/core/lib/choose.mjs";
import { BuildError } from "../../../build/core/lib/errors.mjs";
import { root } from "../../../build/core/lib/paths.mjs";
import { systemCompiler, versionLine } from "../../../build/core/lib/system.mjs";
import { buildModule, rebuilder, switchedTo } from "./build.mjs";
import { readChecks } from "./checks.mjs";
import { copySources, instrument, replaceOnce } from "./instrument.mjs";
import { checkMutants, handMutants, orderMutants, readErrnos } from "./plan.mjs";
import { copySequences, sequenceModule } from "./sequences.mjs";
import { loadTests } from "./tests.mjs";
import { runsTouchedBy, watchAll } from "./watch.mjs";

const cache = join(root, "core-c/build/cache");

/**
 * The compiler for the sources below `top`: the clang that CC names, else the newest known clang of
 * this machine. Hundreds of temporary kernels are built, and the compiler from npm is ten times
 * slower.
 */
function compilerIn(top) {
  const asked = process.env.CC?.trim();
  const names = [
    asked && basename(asked).startsWith("clang") ? asked : undefined,
    "clang-19",
    "clang",
  ];
  const found = names.find((name) => name !== undefined && versionLine(name) !== undefined);
  try {
    if (found !== undefined) return systemCompiler(found, top);
  } catch (cause) {
    if (!(cause instanceof BuildError)) throw cause;
    // A clang without a linker for WebAssembly.
  }
  return chooseCompiler("yowasp");
}

function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-rules-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function knownRules(tests, mutants, rules) {
  const known = new Set(rules.map(({ id }) => id));
  const wrong = [
    ...tests.flatMap((test) => test.rules.map((rule) => [rule, test.name])),
    ...mutants.flatMap((mutant) => mutant.rules.map((rule) => [rule, mutant.name])),
  ].filter(([rule]) => !known.has(rule));
  if (wrong.length === 0) return;
  throw new Error(wrong.map(([rule, where]) => `${where}: no rule ${rule}`).join("\n"));
}

/** Passes `build` a hand-written mutant of the sources below `folder`, and removes it again. */
async function withText(folder, { edit, name, origin }, build) {
  const path = join(folder, edit.file);
  const text = readFileSync(join(root, edit.file), "utf8");
  const where = `tools/verify/rules/mutants/${origin}: ${edit.file}`;
  writeFileSync(path, replaceOnce(text, edit.find, edit.replace, where));
  try {
    return await build(edit.file);
  } catch (cause) {
    throw new Error(`${where}: '${name}' does not build\n${cause.message}`);
  } finally {
    writeFileSync(path, text);
  }
}

/** Builds one hand-written mutant at a time, because they share a copy of the sources. */
function textBuilder(folder) {
  copySources(root, folder);
  const kernels = rebuilder(compilerIn(folder), cache, folder);
  let last;
  const build = (mutant) => withText(folder, mutant, (file) => kernels.build(file));
  return (mutant) => {
    last ??= kernels.start();
    const result = last.then(() => build(mutant));
    last = result.catch(() => undefined);
    return result;
  };
}

/**
 * Builds modules that generate sequences.
 *
 * @returns `model`, and `mutant` for a hand-written mutant; one at a time.
 */
export function sequenceBuilder() {
  const folder = scratch();
  copySources(root, folder);
  copySequences(root, folder);
  const compiler = compilerIn(folder);
  const build = () => sequenceModule(compiler, cache, folder);
  return { model: build, mutant: (mutant) => withText(folder, mutant, build) };
}

/** For each rule of a mutant: its tests, and which of their runs can fail. */
function wantedBy(mutant, testsOf, seen) {
  return mutant.rules.map((rule) => {
    const touched = testsOf(rule)
      .map((name) => [name, runsTouchedBy(mutant, seen.get(name))])
      .filter(([, runs]) => runs.length > 0);
    return [rule, touched];
  });
}

/** @returns the input of {@link tryAll} and of the report. */
export async function prepare({ rule: wantedRules, only, random }) {
  const rules = JSON.parse(readFileSync(join(root, "docs/spec/rules.json"), "utf8"));
  const checks = readChecks(root);
  const errnos = readErrnos(root);
  const folder = scratch();
  const found = instrument(root, join(folder, "switched"), checks);
  const switched = await buildModule(
    compilerIn(join(folder, "switched")),
    cache,
    join(folder, "switched"),
  );
  const tests = loadTests(root);
  const all = [
    ...checkMutants(checks, found, errnos),
    ...orderMutants(rules, checks, found, errnos),
    ...handMutants(root),
  ];
  knownRules(tests, all, rules);
  const testsOf = (rule) =>
    tests.filter((test) => test.rules.includes(rule)).map(({ name }) => name);
  const asked = all
    .filter(({ kind }) => only.length === 0 || only.includes(kind))
    .filter(({ sequences }) => random === undefined || sequences !== undefined)
    .filter(
      (mutant) => wantedRules.length === 0 || mutant.rules.some((r) => wantedRules.includes(r)),
    );
  const needed = new Set(asked.flatMap((mutant) => mutant.rules).flatMap(testsOf));
  const seen = watchAll(
    tests.filter(({ name }) => needed.has(name)),
    new WebAssembly.Module(switched),
  );
  const mutants = asked.map((mutant) => ({ ...mutant, wanted: wantedBy(mutant, testsOf, seen) }));
  const buildText = textBuilder(join(folder, "text"));
  return {
    top: root,
    rules: rules.filter(({ id }) => wantedRules.length === 0 || wantedRules.includes(id)),
    partial: only.length > 0,
    whole: only.length === 0 && wantedRules.length === 0,
    unmodelledFeatures,
    mutants,
    testsOf,
    bytesOf: (mutant) =>
      mutant.kind === "text" ? buildText(mutant) : switchedTo(switched, mutant.switches),
  };
}
