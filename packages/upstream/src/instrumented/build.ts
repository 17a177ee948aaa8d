// SPDX-License-Identifier: MIT
import type { ModuleOrigin } from "@bpf-token/kernel-wasm";
import { loadSdk, type Sdk, withOrigin } from "@bpf-token/kernel-wasm/sdk";
import { defaultRelease } from "@bpf-token/uapi";
import {
  type BuildOptions,
  compileFiles,
  linked,
  revisionOf,
  type UpstreamFile,
} from "../build.js";
import { yowaspCompiler } from "../compiler.js";
import type { Diagnostic } from "../errors.js";
import { type CoverageMap, coverageFlags, coverageMap } from "./coverage-map.js";
import { exitFlags } from "./exits.js";

/**
 * A module that generates call sequences from bytes and runs them itself, tens of thousands per
 * second. `SequenceMachine` of `@bpf-token/fuzz` runs it.
 */
export interface SequenceModule {
  readonly module: WebAssembly.Module;
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** The upstream source in the module; undefined for the model. */
  readonly origin: ModuleOrigin | undefined;
  /** The coverage map of each upstream file. */
  readonly coverage: readonly CoverageMap[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Builds a module that runs call sequences, otherwise like `buildUpstream()`. Upstream files count
 * the code that runs.
 *
 * @param files - the upstream files; none for the model, which follows every release.
 * @throws the errors of `buildUpstream()`.
 * @example
 * ```ts
 * const { module, coverage } = await buildSequences([{ path: "kernel/bpf/token.c", bytes }]);
 * ```
 */
export async function buildSequences(
  files: readonly UpstreamFile[],
  options: BuildOptions = {},
): Promise<SequenceModule> {
  return build(files, options, ({ fuzzLinkFlags }) => fuzzLinkFlags);
}

/**
 * Builds a module for `createKernel({ module })` like `buildUpstream()`, in which upstream files
 * count the code that runs. `countsOfKernel` of `@bpf-token/fuzz` reads the counters.
 *
 * @throws the errors of `buildUpstream()`.
 * @example
 * ```ts
 * const { module, coverage } = await buildCounting(files, { release: "6.12" });
 * const kernel = createKernel({ module });
 * ```
 */
export function buildCounting(
  files: readonly UpstreamFile[],
  options: BuildOptions = {},
): Promise<SequenceModule> {
  return build(files, options, ({ linkFlags }) => [...linkFlags, "--export=fuzz_counters"]);
}

/**
 * Builds a module for `createKernel({ module })` like `buildUpstream()`, in which each `return` and
 * `goto` of the upstream files records its line. {@link takeExits} reads the lines. The source
 * stays unmodified, because `return` and `goto` are redefined as macros.
 *
 * @throws the errors of `buildUpstream()`; `CompileError` also if the source uses `return` or
 *   `goto` in a place where the macros do not compile.
 * @example
 * ```ts
 * const module = new WebAssembly.Module(await buildExits(files, { release: "6.12" }));
 * ```
 */
export async function buildExits(
  files: readonly UpstreamFile[],
  options: BuildOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const sdk = await loadSdk();
  const compiler = options.compiler ?? (await yowaspCompiler());
  const { release, revision } = await revisionOf(files, options);
  const compiled = await compileFiles(files, release, sdk, compiler, exitFlags);
  const objects = new Map([...compiled.objects, ["sequences.o", sdk.fuzz]]);
  const flags = [...sdk.linkFlags, "--export=fuzz_exits"];
  const output = await linked(compiler, flags, objects, files);
  return withOrigin(output, { ...revision, release, files: compiled.described });
}

async function build(
  files: readonly UpstreamFile[],
  options: BuildOptions,
  flags: (sdk: Sdk) => readonly string[],
): Promise<SequenceModule> {
  const sdk = await loadSdk();
  const compiler = options.compiler ?? (await yowaspCompiler());
  const known = files.length === 0 ? undefined : await revisionOf(files, options);
  const release = known?.release ?? defaultRelease;
  const compiled = await compileFiles(files, release, sdk, compiler, () => coverageFlags);
  const objects = new Map([...compiled.objects, ["sequences.o", sdk.fuzz]]);
  const output = await linked(compiler, flags(sdk), objects, files);
  const origin = known && { ...known.revision, release, files: compiled.described };
  const wasm = origin === undefined ? Uint8Array.from(output) : withOrigin(output, origin);
  const coverage = await Promise.all(
    [...compiled.theirs].flatMap(([path, object]) => {
      const file = files.find((one) => one.path === path);
      return file === undefined ? [] : [coverageMap(object, file)];
    }),
  );
  const { warnings } = compiled;
  return { module: new WebAssembly.Module(wasm), wasm, origin, coverage, warnings };
}
