// SPDX-License-Identifier: GPL-2.0-only
import { checkTableHash } from "@bpf-token/uapi";
import { ModuleError } from "../errors.js";
import { ABI_VERSION, exportKinds, type ModuleExports } from "../generated/abi.js";
import { kernelModule } from "../generated/kernel-module.js";
import { decodeBase64 } from "./base64.js";
import { crashReason } from "./crash.js";

/** The exports of a kernel module: the list in `core-c/arch/wasm/exports.txt`. */
export interface KernelExports extends ModuleExports {
  /** The remaining loop iterations of a call, in a module that counts them. */
  readonly turns_left?: WebAssembly.Global<"i32">;
}

/** The import of a module for the host's answer to an LSM hook. */
const LSM_ASK = "lsm_ask";
/** The import of a module that limits the time of a call. */
const CLOCK = "clock";

let embedded: WebAssembly.Module | undefined;

/**
 * Returns the module of this package, compiled at the first call and shared in the process.
 *
 * @example
 * ```ts
 * const imports = WebAssembly.Module.imports(embeddedModule());
 * ```
 */
export function embeddedModule(): WebAssembly.Module {
  embedded ??= new WebAssembly.Module(decodeBase64(kernelModule.base64));
  return embedded;
}

/**
 * Size in bytes and sha256 of the module of this package.
 *
 * @example
 * ```ts
 * const { size, sha256 } = embeddedModuleInfo;
 * ```
 */
export const embeddedModuleInfo: { readonly size: number; readonly sha256: string } = {
  size: kernelModule.size,
  sha256: kernelModule.sha256,
};

/** Modules that passed the check. */
const checked = new WeakSet<WebAssembly.Module>();

function checkShape(module: WebAssembly.Module): void {
  if (checked.has(module)) return;
  for (const { module: of, name, kind } of WebAssembly.Module.imports(module)) {
    if (of === "host" && (name === LSM_ASK || name === CLOCK) && kind === "function") continue;
    throw new ModuleError(
      `the module imports ${of}.${name}; a kernel imports nothing but host.${LSM_ASK}`,
    );
  }
  const exported = new Map(
    WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind as string]),
  );
  for (const [name, kind] of Object.entries(exportKinds)) {
    const is = exported.get(name);
    if (is === undefined) throw new ModuleError(`the module lacks the export '${name}'`);
    if (is !== kind)
      throw new ModuleError(`the module's export '${name}' is a ${is}, not a ${kind}`);
  }
  checked.add(module);
}

/** Returns whether a module calls its host for LSM hooks. */
export function asksHost(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ name }) => name === LSM_ASK);
}

/**
 * Instantiates a kernel module.
 *
 * @param lsmAsk - answers a hook; receives the address of a `struct lsm_call`.
 * @throws ModuleError if the module is not a kernel, or has another version; RangeError if the
 *   engine cannot allocate another memory.
 */
export function instantiate(
  module: WebAssembly.Module,
  lsmAsk: (address: number) => number,
): KernelExports {
  checkShape(module);
  const imports = { host: { [LSM_ASK]: lsmAsk, [CLOCK]: () => performance.now() } };
  const exports = started(
    () => new WebAssembly.Instance(module, imports).exports as unknown as KernelExports,
  );
  // Constructors of the module run in its first call.
  const version = started(() => exports.kernel_abi_version(), exports);
  if (version !== ABI_VERSION) {
    throw new ModuleError(`the module has ABI version ${version}, but ${ABI_VERSION} is required`);
  }
  if (started(() => exports.kernel_checks(), exports) >>> 0 !== checkTableHash) {
    throw new ModuleError(
      "the module was built with another table of checks. Fix: rebuild it from the same sources",
    );
  }
  return exports;
}

/** Runs code of a module that has not booted. A trap is an error of the module. */
function started<T>(work: () => T, exports?: KernelExports): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
    const why = crashReason(cause, exports?.turns_left?.value);
    throw new ModuleError(`the module does not start: ${why}`, { cause });
  }
}
