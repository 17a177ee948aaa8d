// SPDX-License-Identifier: MIT
import type { ModuleOrigin, OriginFile } from "@bpf-token/kernel-wasm";
import { loadSdk, type Sdk, type SlotPath, withOrigin } from "@bpf-token/kernel-wasm/sdk";
import { type KernelRelease, releaseCode } from "@bpf-token/uapi";
import { bounded, CLOCK } from "./bounded.js";
import { type WasmCompiler, yowaspCompiler } from "./compiler.js";
import { diagnosticsOf } from "./diagnostics.js";
import { CompileError, CompilerError, type Diagnostic, SourceError } from "./errors.js";
import { refuseForeignNames } from "./foreign-names.js";
import { sha256 } from "./hash.js";
import { identify } from "./identify.js";

/** An upstream kernel file with its unmodified contents. */
export interface UpstreamFile {
  /** Path in a kernel tree. */
  readonly path: SlotPath;
  readonly bytes: Uint8Array;
}

/** Options of {@link buildUpstream}. */
export interface BuildOptions {
  /**
   * The release to compile for. It selects the constants in the headers and the behaviour of the
   * model around the file. Default: the release of the file, if its sha256 is known.
   */
  readonly release?: KernelRelease;
  /** The compiler. Default: {@link yowaspCompiler}. */
  readonly compiler?: WasmCompiler;
}

/** A kernel module that contains upstream source. */
export interface UpstreamModule {
  /** The module, for `createKernel({ module })`. */
  readonly module: WebAssembly.Module;
  /** The same module as bytes, for storing. It contains compiled kernel source: GPL-2.0. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly origin: ModuleOrigin;
  /** Warnings of the compiler. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Compiles unmodified upstream files and links them with the model in place of the model's own
 * files.
 *
 * @param files - at most one file per slot; the model's own file stays in all other slots.
 * The compiler reads only the given files and the headers of the SDK.
 *
 * @throws {@link SourceError} if no release is given or known, or if a file names files outside the
 *   source; {@link CompileError} with file, line
 *   and missing kernel API; {@link CompilerError} if there is no compiler.
 * @example
 * ```ts
 * const bytes = readFileSync("linux-6.12/kernel/bpf/token.c");
 * const { module } = await buildUpstream([{ path: "kernel/bpf/token.c", bytes }], { release: "6.12" });
 * const kernel = createKernel({ module });
 * ```
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
 * Returns the release to compile for and the name of the upstream source, if known.
 *
 * @internal
 */
export async function revisionOf(
  files: readonly UpstreamFile[],
  options: BuildOptions,
): Promise<{ readonly release: KernelRelease; readonly revision: { readonly revision?: string } }> {
  const known = await describe(files, options.release);
  const release = options.release ?? known.release;
  if (release !== undefined) return { release, revision: known.revision };
  const what = `no release is known for ${namesOf(files)}`;
  throw new SourceError("no-release", `${what}, so it cannot be compiled. Fix: name the release`);
}

/** Objects by name in link order: the kernel, then one per slot. */
interface Compiled {
  readonly objects: Map<string, Uint8Array>;
  /** The objects of the upstream files, by path. */
  readonly theirs: ReadonlyMap<SlotPath, Uint8Array>;
  readonly warnings: readonly Diagnostic[];
  readonly described: readonly OriginFile[];
}

/**
 * Marks a promise as handled. The caller who awaits it later still sees the rejection.
 *
 * @internal
 */
export function deferRejection<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/**
 * Compiles the upstream files and collects all objects to link.
 *
 * @internal
 */
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
  // A native compiler runs as separate processes, so the files compile in parallel.
  const slots = [...sdk.slots].map(([path, ours]) => {
    const file = files.find((one) => one.path === path);
    const flags = file === undefined ? [] : [...flagsFor(file), releaseFlag(release)];
    const compiling = file && deferRejection(compile(file, flags, sdk, compiler));
    return { path, ours, file, compiling };
  });
  // If one file has an error, the compiler of the other may still run.
  await Promise.allSettled(slots.map(({ compiling }) => compiling));
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
  if (files.length > 0) objects.set("clock.o", await clockObject(compiler, sdk));
  return { objects, theirs, warnings, described };
}

/** The name of an export that keeps the import of the clock. */
const KEPT = "work_clock";
/** Gives the bound of a module access to its host's time; the function is the linker's to import. */
const CLOCK_SOURCE = `int host_clock(void) __attribute__((import_module("host"), import_name("${CLOCK}")));
int ${KEPT}(void);
int ${KEPT}(void) { return host_clock(); }
`;
const clocks = new WeakMap<WasmCompiler, Promise<Uint8Array>>();

function clockObject(compiler: WasmCompiler, sdk: Sdk): Promise<Uint8Array> {
  const known = clocks.get(compiler) ?? compileClock(compiler, sdk);
  clocks.set(compiler, known);
  return known;
}

async function compileClock(compiler: WasmCompiler, sdk: Sdk): Promise<Uint8Array> {
  const tree = new Map([["clock.c", CLOCK_SOURCE]]);
  const { ok, log, output } = await compiler.compile(sdk.compileFlags, "clock.c", tree);
  if (ok && output !== undefined) return output;
  throw new CompilerError(`the compiler does not work: ${log.trim().split("\n")[0]}`);
}

/**
 * Links a module. A module with upstream source also gets a bound on the work and time of a call.
 *
 * @internal
 */
export async function linked(
  compiler: WasmCompiler,
  flags: readonly string[],
  objects: ReadonlyMap<string, Uint8Array>,
  files: readonly UpstreamFile[],
): Promise<Uint8Array> {
  const more = files.length === 0 ? [] : [`--export=${KEPT}`];
  const { ok, log, output } = await compiler.link([...flags, ...more], objects);
  if (!ok || output === undefined) {
    throw new CompileError(`${namesOf(files)} does not link`, diagnosticsOf(log), log);
  }
  if (files.length === 0) return output;
  const wrong = (what: string): never => {
    throw new CompileError(`${namesOf(files)} is no kernel`, [], what);
  };
  let whole: Uint8Array;
  try {
    whole = bounded(output);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return wrong(`it uses a WebAssembly feature that kernels lack: ${error.message}`);
  }
  if (!WebAssembly.validate(Uint8Array.from(whole))) {
    return wrong("the linked module is not valid; it may export a name twice");
  }
  for (const { module, name, kind } of importsOf(whole)) {
    if (kind !== "function" || module !== "host" || !offered.has(name)) {
      return wrong(`it imports the ${kind} ${module}.${name}, which no kernel offers`);
    }
  }
  return whole;
}

/** The imports of the model: what its host answers. */
const offered = new Set(["clock", "lsm_ask", "seq_note"]);

function importsOf(wasm: Uint8Array): readonly WebAssembly.ModuleImportDescriptor[] {
  return WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(wasm)));
}

const releaseFlag = (release: KernelRelease): string => `-DUAPI_RELEASE=${releaseCode(release)}`;

/** The assembler of clang reads files by itself. An empty statement stays allowed. */
const safeFlags = ["-fno-gnu-inline-asm"];

async function compile(
  { path, bytes }: UpstreamFile,
  more: readonly string[],
  sdk: Sdk,
  compiler: WasmCompiler,
): Promise<{ readonly object: Uint8Array; readonly warnings: readonly Diagnostic[] }> {
  refuseForeignNames(path, bytes);
  const tree = new Map<string, Uint8Array | string>([...sdk.headers, [path, bytes]]);
  const { ok, log, output } = await compiler.compile(
    [...sdk.compileFlags, ...safeFlags, ...more],
    path,
    tree,
  );
  const diagnostics = diagnosticsOf(log);
  if (!ok || output === undefined) {
    throw new CompileError(`${path} does not compile`, diagnostics, log);
  }
  return { object: output, warnings: diagnostics.filter(({ kind }) => kind === "warning") };
}

/** A relocatable object is a module that imports the functions it calls. */
function usedBy(object: Uint8Array): readonly string[] {
  return importsOf(object)
    .flatMap(({ kind, name }) => (kind === "function" ? [name] : []))
    .sort();
}

/**
 * Returns the release of the first file whose sha256 is known; undefined if none is known.
 *
 * @param stated - the release that the source states. It decides if several releases have the same
 *   file; without it, the newest release does.
 * @example
 * ```ts
 * const release = (await releaseOfTexts(files)) ?? "6.12";
 * ```
 */
export async function releaseOfTexts(
  files: readonly UpstreamFile[],
  stated?: KernelRelease,
): Promise<KernelRelease | undefined> {
  return (await describe(files, stated)).release;
}

/** Returns the release of the first known file, and a revision name if all files are known. */
async function describe(
  files: readonly UpstreamFile[],
  asked: KernelRelease | undefined,
): Promise<{
  readonly release: KernelRelease | undefined;
  readonly revision: { readonly revision?: string };
}> {
  if (files.length === 0) throw new TypeError("no file to compile");
  const found = await Promise.all(
    files.map(async ({ bytes }) => identify(await sha256(bytes), asked)),
  );
  const revision = found.every((text) => text !== undefined) ? found[0]?.revision : undefined;
  return {
    release: found.find((text) => text !== undefined)?.release,
    revision: revision === undefined ? {} : { revision },
  };
}

function namesOf(files: readonly UpstreamFile[]): string {
  return files.map(({ path }) => path).join(" and ");
}
