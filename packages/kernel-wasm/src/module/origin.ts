// SPDX-License-Identifier: GPL-2.0-only
import { isKernelRelease, type KernelRelease } from "@bpf-token/uapi";
import { ModuleError } from "../errors.js";

/** An upstream kernel file in a module. */
export interface OriginFile {
  /** Path in a kernel tree: `kernel/bpf/token.c`. */
  readonly path: string;
  /** The sha256 of its contents, in hex. */
  readonly sha256: string;
  /** Its size in bytes. */
  readonly size: number;
  /** The functions of the surrounding kernel that the file calls. */
  readonly uses: readonly string[];
}

/** The upstream source that a module was compiled from. {@link originOf} returns it. */
export interface ModuleOrigin {
  /** The release that the module was compiled for; its headers define the constants. */
  readonly release: KernelRelease;
  /** The upstream files. All other code is the model's. */
  readonly files: readonly OriginFile[];
  /** The release or name of the upstream source, if known. */
  readonly revision?: string;
}

/** The custom section with the origin. */
const SECTION = "bpf-token.origin";

const origins = new WeakMap<WebAssembly.Module, ModuleOrigin>();

/**
 * Returns the upstream source that a module contains.
 *
 * @returns undefined for the model, which follows every release.
 * @throws ModuleError if the module's origin section cannot be read.
 * @example
 * ```ts
 * console.log(originOf(module)?.files.map(({ path }) => path)); // [ "kernel/bpf/token.c" ]
 * ```
 */
export function originOf(module: WebAssembly.Module): ModuleOrigin | undefined {
  const known = origins.get(module);
  if (known !== undefined) return known;
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  if (section === undefined) return undefined;
  const origin = readOrigin(new TextDecoder().decode(section));
  origins.set(module, origin);
  return origin;
}

function readOrigin(text: string): ModuleOrigin {
  let origin: Partial<ModuleOrigin> | null;
  try {
    origin = JSON.parse(text) as Partial<ModuleOrigin> | null;
  } catch (cause) {
    throw new ModuleError("the origin section of the module is not valid JSON", { cause });
  }
  const release: unknown = origin?.release;
  if (typeof release !== "string" || !isKernelRelease(release) || !Array.isArray(origin?.files)) {
    throw new ModuleError("the origin section of the module has no release or no files");
  }
  return origin as ModuleOrigin;
}

/** Encodes a number as unsigned LEB128, as WebAssembly does for lengths. */
function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest !== 0);
  return bytes;
}

/**
 * Returns a copy of the module with the origin in a custom section.
 *
 * @example
 * ```ts
 * const wasm = withOrigin(output, { release: "6.12", files: [] });
 * ```
 */
export function withOrigin(module: Uint8Array, origin: ModuleOrigin): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder();
  const name = utf8.encode(SECTION);
  const text = utf8.encode(JSON.stringify(origin));
  const content = [...leb128(name.length), ...name, ...text];
  return Uint8Array.from([...module, 0, ...leb128(content.length), ...content]);
}
