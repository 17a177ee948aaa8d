// SPDX-License-Identifier: MIT
// Line and branch coverage of the model by its C tests and by the recorded suite.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../../../build/core/lib/errors.mjs";
import { modelSources, root } from "../../../build/core/lib/paths.mjs";
import { buildProgram } from "../../../build/core/lib/program.mjs";
import { corpus } from "./corpus.mjs";
import { excludedLines, readLcov, summary } from "./lcov.mjs";
import { buildFingerprints, writeInputs } from "./wasm-and-native.mjs";

export const coverageFlags = ["-fprofile-instr-generate", "-fcoverage-mapping"];
const EXCLUDED = "tools/verify/core/excluded.json";

/** llvm-cov and llvm-profdata of the same version as a clang, or undefined. */
export function findTools(clang) {
  const suffix = /clang(-\d+)?$/.exec(clang)?.[1] ?? "";
  const tools = ["llvm-profdata", "llvm-cov"].map((name) => `${name}${suffix}`);
  const there = tools.every((name) => !spawnSync(name, ["--version"]).error);
  return there ? { profdata: tools[0], cov: tools[1] } : undefined;
}

function must(program, args, options = {}) {
  const run = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (run.error) throw new BuildError(`${program}: ${run.error.message}`);
  if (run.status !== 0) throw new BuildError(`${run.stdout}${run.stderr}\n${program} failed`);
  return run.stdout;
}

/** The sources that a C test names after LINK:, or undefined for the whole model. */
function linkedSources(source) {
  const [, files] = /LINK: (.*?) \*\//.exec(readFileSync(join(root, source), "utf8")) ?? [];
  return files?.split(" ").map((file) => `core-c/${file}`);
}

/** C tests end their children with _exit(), which does not write coverage counts. */
async function buildTests(compiler, out) {
  const tests = readdirSync(join(root, "core-c/tests")).filter((name) => name.endsWith("_kunit.c"));
  const programs = [];
  for (const test of tests) {
    const source = `core-c/tests/${test}`;
    const only = linkedSources(source);
    const flags = [...coverageFlags, "-D_exit=exit"];
    const name = test.replace(/\.c$/, "");
    const own = [...(only ?? []), source];
    programs.push(
      await buildProgram({ compiler, name, out, own, flags, ...(only && { core: [], host: [] }) }),
    );
  }
  return programs;
}

/** Runs one program, which writes its counts to files of its own. */
function count(program, args, folder, name) {
  const env = { ...process.env, LLVM_PROFILE_FILE: join(folder, `${name}-%m.profraw`) };
  must(program, args, { env });
}

/**
 * Measures the coverage.
 *
 * @param options - `compiler`, a clang; `tools`, see {@link findTools}; `recordings`, files that
 *   replay.c replays; `out`, a folder.
 * @returns a summary per file of the model, and the `stale` exclusions.
 */
export async function measure({ compiler, tools, recordings, out }) {
  const folder = join(out, "profiles");
  rmSync(folder, { recursive: true, force: true });
  const own = ["core-c/tests/replay.c"];
  const flags = [...coverageFlags, "-D_exit=exit"];
  const replay = await buildProgram({ compiler, name: "replay", out, own, flags });
  const tests = await buildTests(compiler, out);
  recordings.forEach((file, i) => {
    count(replay, [file], folder, `replay-${i}`);
  });
  tests.forEach((test, i) => {
    count(test, [], folder, `test-${i}`);
  });
  const hashes = await buildFingerprints({ compiler, out, flags: coverageFlags });
  const inputs = join(out, "inputs");
  writeInputs(inputs, corpus());
  count(hashes, [inputs], folder, "corpus");
  const raw = readdirSync(folder).map((name) => join(folder, name));
  const merged = join(out, "merged.profdata");
  must(tools.profdata, ["merge", "-sparse", "-o", merged, ...raw]);
  const objects = [hashes, ...tests].flatMap((test) => ["-object", test]);
  const lcov = ["export", "-format=lcov", `-instr-profile=${merged}`, replay, ...objects];
  return judge(readLcov(must(tools.cov, lcov), root));
}

function judge(files) {
  const exclusions = JSON.parse(readFileSync(join(root, EXCLUDED), "utf8"));
  const sourceOf = (file) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined;
  const { lines, stale } = excludedLines(exclusions, sourceOf);
  const rows = modelSources()
    .filter((file) => files.has(file))
    .map((file) => summary(file, files.get(file), lines.get(file)));
  return { rows, stale };
}
