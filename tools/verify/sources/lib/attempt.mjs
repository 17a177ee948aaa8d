// SPDX-License-Identifier: MIT
// One run: reads a source, compiles it, and runs the module.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../build/core/lib/paths.mjs";

/** Scenarios that call the functions of token.c and inode.c. */
const scenarios = ["fault-token-create.yaml", "token-create-init.yaml", "pin-objects.yaml"];

/** Loads the built packages, and a compiler that ends before a run counts as too slow. */
export async function load(seconds) {
  const at = (path) => import(join(root, "packages", path));
  const packages = {
    ...(await at("kernel-wasm/dist/index.js")),
    ...(await at("scenario/dist/index.js")),
    ...(await at("upstream/dist/index.js")),
    ...(await at("upstream/dist/node/index.js")),
  };
  const { findSystemCompiler, systemCompiler, threadedYowaspCompiler, parseScenario } = packages;
  const clang = ["clang-19", "clang"].find((name) => {
    try {
      return systemCompiler(name) !== undefined;
    } catch {
      return false;
    }
  });
  const compiler =
    clang === undefined
      ? (findSystemCompiler() ?? (await threadedYowaspCompiler({ seconds })))
      : systemCompiler(clang, { seconds });
  const suite = scenarios.map((name) =>
    parseScenario(readFileSync(join(root, "packages/conformance/scenarios", name), "utf8"), {
      file: name,
    }),
  );
  return { ...packages, compiler, suite };
}

/**
 * Reads, compiles and runs a source.
 *
 * @returns `answer`: a step that succeeded, or the name of a documented error; `wrong`: any other
 *   error; `texts`: everything that a user would see or get.
 */
export async function attempt(packages, place) {
  const { findSource, buildUpstream, createKernel, run, compiler, suite } = packages;
  const texts = [];
  try {
    const { files } = await findSource(place);
    texts.push(...files.map(({ bytes }) => bytes));
    const { module, wasm } = await buildUpstream(files, { release: "6.12", compiler });
    texts.push(wasm);
    for (const scenario of suite) {
      const kernel = createKernel({ module });
      try {
        run(kernel, scenario);
      } finally {
        kernel.close();
      }
    }
    return { answer: "ran", texts };
  } catch (error) {
    texts.push(Buffer.from(String(error?.message)));
    if (isDocumented(packages, error)) return { answer: nameOf(error), texts };
    return { answer: "undocumented", wrong: String(error?.stack ?? error), texts };
  }
}

const nameOf = ({ name, problem }) => (problem === undefined ? name : `${name} ${problem}`);

function isDocumented({ SourceError, CompileError, ModuleError, KernelCrashed }, error) {
  return [SourceError, CompileError, ModuleError, KernelCrashed].some(
    (one) => error instanceof one,
  );
}
