// SPDX-License-Identifier: MIT
import type { ModuleOrigin, OriginFile } from "@bpf-token/kernel-wasm";
import { loadSdk, type Sdk, type SlotPath, withOrigin } from "@bpf-token/kernel-wasm/sdk";
import { type KernelRelease, releaseCode } from "@bpf-token/uapi";
import { bounded } from "./bounded.js";
import { type WasmCompiler, yowaspCompiler } from "./compiler.js";
import { diagnosticsOf } from "./diagnostics.js";
import { CompileError, type Diagnostic, SourceError } from "./errors.js";
import { sha256 } from "./hash.js";
import { identify } from "./identify.js";

/** The text of one of the kernel's files, byte for byte. */
export interface UpstreamFile {
  /** From the top of a kernel tree. */
  readonly path: SlotPath;
  readonly bytes: Uint8Array;
}

/** How a module is built. */
export interface BuildOptions {
  /**
   * The release to compile for: its headers' numbers, and how the kernel around the file behaves.
   * Default: that of the text, where the text is known.
   */
  readonly release?: KernelRelease;
  /** Default {@link yowaspCompiler}. */
  readonly compiler?: WasmCompiler;
}

/** A kernel with text of the kernel's own in it. */
export interface UpstreamModule {
  /** For `createKernel({ module })`. */
  readonly module: WebAssembly.Module;
  /** The same as bytes, to be kept. It holds the kernel's text, compiled: GPL-2.0. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly origin: ModuleOrigin;
  /** What the compiler warned of. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Compiles files of the kernel's own, unmodified, and links them with the model in place of ours.
 *
 * @param files - one for each place; where none is named, ours stays.
 * @throws {@link SourceError} if the release is not known; {@link CompileError} with file and line,
 *   and the kernel API that is missing; CompilerError without a compiler.
 */
export async function buildUpstream(
  files: readonly UpstreamFile[],
  options: BuildOptions = {},
): Promise<UpstreamModule> {
  const { release, revision } = await revisionOf(files, options);
  const sdk = await loadSdk();
  const compiler = options.compiler ?? (await yowaspCompiler());
  const { objects, warnings, described } = await compileFiles(
    files,
    release,
    sdk,
    compiler,
    () => [],
  );
  const output = await linked(compiler, sdk.linkFlags, objects, files);
  const origin: ModuleOrigin = { release, files: described, ...revision };
  const wasm = withOrigin(output, origin);
  return { module: new WebAssembly.Module(wasm), wasm, origin, warnings };
}

/**
 * The release to compile for, and what is known of the text.
 *
 * @internal
 */
export async function revisionOf(
  files: readonly UpstreamFile[],
  options: BuildOptions,
): Promise<{ readonly release: KernelRelease; readonly revision: { readonly revision?: string } }> {
  const known = await describe(files);
  const release = options.release ?? known.release;
  if (release !== undefined) return { release, revision: known.revision };
  const what = `the text of ${namesOf(files)} is not known`;
  throw new SourceError("no-release", `${what}: say for which release it is`);
}

/** Objects by name, in the order in which they are linked: the kernel, and one for each slot. */
interface Compiled {
  readonly objects: Map<string, Uint8Array>;
  /** Those of the kernel's files, by path. */
  readonly theirs: ReadonlyMap<SlotPath, Uint8Array>;
  readonly warnings: readonly Diagnostic[];
  readonly described: readonly OriginFile[];
}

/**
 * Something that is under way and waited for later: an error of it is no news until then.
 *
 * @internal
 */
export function deferRejection<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** @internal */
export async function compileFiles(
  files: readonly UpstreamFile[],
  release: KernelRelease,
  sdk: Sdk,
  compiler: WasmCompiler,
  flagsFor: (file: UpstreamFile) => readonly string[],
): Promise<Compiled> {
  const warnings: Diagnostic[] = [];
  const described: OriginFile[] = [];
  const theirs = new Map<SlotPath, Uint8Array>();
  const objects = new Map<string, Uint8Array>([["kernel.o", sdk.kernel]]);
  // Side by side, where the compiler is a program.
  const slots = [...sdk.slots].map(([path, ours]) => {
    const file = files.find((one) => one.path === path);
    const flags = file === undefined ? [] : [...flagsFor(file), releaseFlag(release)];
    const compiling = file && deferRejection(compile(file, flags, sdk, compiler));
    return { path, ours, file, compiling };
  });
  for (const { path, ours, file, compiling } of slots) {
    let object: Uint8Array = ours;
    if (file !== undefined && compiling !== undefined) {
      const compiled = await compiling;
      warnings.push(...compiled.warnings);
      ({ object } = compiled);
      theirs.set(path, object);
      const uses = usedBy(object);
      described.push({ path, sha256: await sha256(file.bytes), size: file.bytes.length, uses });
    }
    objects.set(`${path.replaceAll("/", "-").replace(/\.c$/, "")}.o`, object);
  }
  return { objects, theirs, warnings, described };
}

/**
 * Links a module. With the kernel's own text in it, it is held to come back from every call.
 *
 * @internal
 */
export async function linked(
  compiler: WasmCompiler,
  flags: readonly string[],
  objects: ReadonlyMap<string, Uint8Array>,
  files: readonly UpstreamFile[],
): Promise<Uint8Array> {
  const { ok, log, output } = await compiler.link(flags, objects);
  if (ok && output !== undefined) return files.length === 0 ? output : bounded(output);
  throw new CompileError(`${namesOf(files)} does not link`, diagnosticsOf(log), log);
}

const releaseFlag = (release: KernelRelease): string => `-DUAPI_RELEASE=${releaseCode(release)}`;

async function compile(
  { path, bytes }: UpstreamFile,
  more: readonly string[],
  sdk: Sdk,
  compiler: WasmCompiler,
): Promise<{ readonly object: Uint8Array; readonly warnings: readonly Diagnostic[] }> {
  const tree = new Map<string, Uint8Array | string>([...sdk.headers, [path, bytes]]);
  const { ok, log, output } = await compiler.compile([...sdk.compileFlags, ...more], path, tree);
  const diagnostics = diagnosticsOf(log);
  if (!ok || output === undefined) {
    throw new CompileError(`${path} does not compile`, diagnostics, log);
  }
  return { object: output, warnings: diagnostics.filter(({ kind }) => kind === "warning") };
}

/** A relocatable object is a module that imports what it calls. */
function usedBy(object: Uint8Array): readonly string[] {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(object)));
  return imports.flatMap(({ kind, name }) => (kind === "function" ? [name] : [])).sort();
}

/** The release of the first of these texts that is known by its sha256; undefined if none is. */
export async function releaseOfTexts(
  files: readonly UpstreamFile[],
): Promise<KernelRelease | undefined> {
  return (await describe(files)).release;
}

/** What is known of texts: the release of the first one that is known, and a name for all. */
async function describe(files: readonly UpstreamFile[]): Promise<{
  readonly release: KernelRelease | undefined;
  readonly revision: { readonly revision?: string };
}> {
  if (files.length === 0) throw new TypeError("no file to compile");
  const found = await Promise.all(files.map(async ({ bytes }) => identify(await sha256(bytes))));
  const revision = found.every((text) => text !== undefined) ? found[0]?.revision : undefined;
  return {
    release: found.find((text) => text !== undefined)?.release,
    revision: revision === undefined ? {} : { revision },
  };
}

function namesOf(files: readonly UpstreamFile[]): string {
  return files.map(({ path }) => path).join(" and ");
}
