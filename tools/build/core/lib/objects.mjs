// SPDX-License-Identifier: MIT
// Compiles the model; each source is compiled once per content.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { digest } from "./cache.mjs";
import { BuildError } from "./errors.mjs";
import { compileFlags, optimisation } from "./flags.mjs";
import { headersOf } from "./includes.mjs";
import { inParallel } from "./parallel.mjs";
import { listFiles, modelHeaders, modelSources, root } from "./paths.mjs";

function fileReader(top) {
  const texts = new Map();
  return (path) => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(join(top, path), "utf8");
    texts.set(path, text);
    return text;
  };
}

/** The cache key of an object: compiler, flags, source and all headers that the source includes. */
function keyOf(compiler, flags, source, seen, read) {
  const files = [source, ...seen].flatMap((path) => [path, read(path)]);
  return `${digest(compiler.id, flags.join("\n"), ...files)}.o`;
}

/** Object names that show their source: `kernel-bpf-token.o`. */
export function objectName(source) {
  return `${source
    .replace(/^core-c\//, "")
    .replace(/\.c$/, "")
    .replaceAll("/", "-")}.o`;
}

/** Headers next to sources that are not part of the model. */
function ownHeaders(sources, top) {
  const folders = new Set(sources.map((source) => posix.dirname(source)));
  return [...folders].flatMap((folder) => listFiles(folder, [".h"], top));
}

/**
 * Returns a function that compiles one source, or takes its object from the cache. `anew` is true
 * if it compiled.
 */
function sourceCompiler(compiler, cache, scope) {
  const { defines = [], optimise = optimisation, headers, read } = scope;
  const common = compileFlags(defines);
  return async (source) => {
    const seen = headersOf(source, read, headers);
    const flags = [...common, ...optimise(source)];
    const key = keyOf(compiler, flags, source, seen, read);
    const known = cache.get(key);
    if (known !== undefined) return { source, object: known, anew: false };
    const files = new Map([source, ...seen].map((path) => [path, read(path)]));
    const { ok, log, object } = await compiler.compile(flags, source, files);
    if (ok) cache.put(key, object);
    return { source, object: ok ? object : undefined, log, anew: true };
  };
}

/**
 * Compiles one source of the model; the caller has the other objects.
 *
 * @throws BuildError with the output of the compiler.
 */
export async function compileSource(compiler, cache, source, top) {
  const scope = { headers: new Set(modelHeaders(top)), read: fileReader(top) };
  const { object, log } = await sourceCompiler(compiler, cache, scope)(source);
  if (object === undefined) throw new BuildError(log.trimEnd());
  return object;
}

/**
 * @param more - `defines`; `optimise`, flags by source instead of {@link optimisation}; `top`, the
 *   repository; `sources` in addition to the model; `onObject`, called with the number of objects
 *   done and in total.
 * @returns `objects` by name in link order, and how many were `compiled` in this run.
 * @throws BuildError with the whole output of the compiler; its paths are relative to the
 *   repository.
 */
export async function compileModel(compiler, cache, more = {}) {
  const { defines = [], optimise, top = root, sources: own = [], onObject } = more;
  const headers = new Set([...modelHeaders(top), ...ownHeaders(own, top)]);
  const sources = [...modelSources(top), ...own];
  if (sources.length === 0) throw new BuildError("core-c has no sources");
  const scope = { defines, optimise, headers, read: fileReader(top) };
  const compile = sourceCompiler(compiler, cache, scope);
  let done = 0;
  const results = await inParallel(sources, compiler.jobs, async (source) => {
    const result = await compile(source);
    onObject?.(++done, sources.length);
    return result;
  });
  const failed = results.filter((result) => result.object === undefined);
  if (failed.length > 0) {
    throw new BuildError(
      `${failed.map((result) => result.log.trimEnd()).join("\n")}\n${failed.length} of ${sources.length} sources do not compile`,
    );
  }
  return {
    objects: new Map(results.map(({ source, object }) => [objectName(source), object])),
    compiled: results.filter(({ anew }) => anew).length,
  };
}
