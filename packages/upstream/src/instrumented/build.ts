// SPDX-License-Identifier: MIT
import type { ModuleOrigin } from "@bpf-token/kernel-wasm";
import { loadSdk, type Sdk, withOrigin } from "@bpf-token/kernel-wasm/sdk";
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
 * A kernel that makes sequences of calls out of bytes by itself, tens of thousands a second, for
 * comparisons; `SequenceMachine` runs it.
 */
export interface SequenceModule {
  readonly module: WebAssembly.Module;
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Undefined for the model. */
  readonly origin: ModuleOrigin | undefined;
  /** What is counted: one map for each of the kernel's own files. */
  readonly coverage: readonly CoverageMap[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * The same as `buildUpstream()`, for sequences. The kernel's own files count what runs in them.
 *
 * @param files - none for the model itself, which follows any release.
 * @throws as `buildUpstream()` does.
 */
export async function buildSequences(
  files: readonly UpstreamFile[],
  options: BuildOptions = {},
): Promise<SequenceModule> {
  return build(files, options, ({ fuzzLinkFlags }) => fuzzLinkFlags);
}

/**
 * The same as `buildUpstream()`, for `createKernel({ module })`, but the kernel's own files count what
 * runs in them; `countsOfKernel` reads it.
 *
 * @throws as `buildUpstream()` does.
 */
export function buildCounting(
  files: readonly UpstreamFile[],
  options: BuildOptions = {},
): Promise<SequenceModule> {
  return build(files, options, ({ linkFlags }) => [...linkFlags, "--export=fuzz_counters"]);
}

/**
 * The same as `buildUpstream()`, for `createKernel({ module })`, but each `return` and `goto` of the
 * kernel's own files tells its line; {@link takeExits} reads them. The text stays as it is: the two
 * words are macros.
 *
 * @throws as `buildUpstream()` does.
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
  const release = known?.release ?? "6.18";
  const compiled = await compileFiles(files, release, sdk, compiler, () => coverageFlags);
  const objects = new Map([...compiled.objects, ["sequences.o", sdk.fuzz]]);
  const output = await linked(compiler, flags(sdk), objects, files);
  const origin = known && { ...known.revision, release, files: compiled.described };
  const wasm = origin === undefined ? Uint8Array.from(output) : withOrigin(output, origin);
  const coverage = await Promise.all(
    [...compiled.theirs].map(([path, object]) => coverageMap(object, path)),
  );
  const { warnings } = compiled;
  return { module: new WebAssembly.Module(wasm), wasm, origin, coverage, warnings };
}
