// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Cache, digest } from "./cache.mjs";
import { BuildError } from "./errors.mjs";
import { checkModule, linkedNames, parseExports } from "./exports.mjs";
import { linkFlags } from "./flags.mjs";
import { compileModel } from "./objects.mjs";
import { optimise, optimiserId } from "./optimise.mjs";
import { root } from "./paths.mjs";

const EXPORTS = "core-c/arch/wasm/exports.txt";

function readExports(top, more) {
  try {
    return parseExports(`${readFileSync(join(top, EXPORTS), "utf8")}\n${more}`, EXPORTS);
  } catch (cause) {
    throw new BuildError(cause.message);
  }
}

async function linkAndOptimise(compiler, cache, objects, exportList) {
  const flags = linkFlags(linkedNames(exportList));
  const parts = [...objects].flat();
  const key = `${digest(compiler.id, optimiserId(), flags.join("\n"), ...parts)}.wasm`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const { ok, log, module } = await compiler.link(flags, objects);
  if (!ok) throw new BuildError(`${log.trimEnd()}\nthe kernel does not link`);
  const bytes = await optimise(module);
  cache.put(key, bytes);
  return bytes;
}

/**
 * Builds the kernel module.
 *
 * @param options - `compiler`; `cache`, a folder; `defines` for the compiler; `top`, the
 *   repository; `extra`, additions to the model for tests: `sources`, and `exports` in the format
 *   of exports.txt; `onObject` as in `compileModel`.
 * @returns the module's `bytes`, and how many sources were `compiled` and how many there are.
 * @throws BuildError when a source does not compile, or the module does not match its list of
 *   exports.
 */
export async function buildKernel(options) {
  const { compiler, cache: folder, defines = [], top = root, onObject } = options;
  const { sources = [], exports = "" } = options.extra ?? {};
  const exportList = readExports(top, exports);
  const cache = new Cache(folder);
  const { objects, compiled } = await compileModel(compiler, cache, {
    ...{ defines, top, sources, onObject },
  });
  const bytes = await linkAndOptimise(compiler, cache, objects, exportList);
  const wrong = checkModule(bytes, exportList);
  if (wrong.length > 0) {
    throw new BuildError(wrong.map((line) => `${EXPORTS}: the module ${line}`).join("\n"));
  }
  cache.prune();
  return { bytes, compiled, sources: objects.size };
}
