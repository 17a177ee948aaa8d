// SPDX-License-Identifier: GPL-2.0-only
import { isKernelRelease, type KernelRelease } from "@bpf-token/uapi";
import { ModuleError } from "../errors.js";

/** A file of the kernel's own in a module. */
export interface OriginFile {
  /** From the top of a kernel tree: `kernel/bpf/token.c`. */
  readonly path: string;
  /** The sha256 of its bytes, in hex. */
  readonly sha256: string;
  /** Its size in bytes. */
  readonly size: number;
  /** The functions of the kernel around it that it calls. */
  readonly uses: readonly string[];
}

/** What a module is made of that stands on text of the kernel's own. */
export interface ModuleOrigin {
  /** The release that it was compiled for: its headers' numbers are in it. */
  readonly release: KernelRelease;
  /** The kernel's own files; everything else is the model. */
  readonly files: readonly OriginFile[];
  /** Which release the text is, or how it is called, as far as that is known. */
  readonly revision?: string;
}

/** The custom section that tells the origin. */
const SECTION = "bpf-token.origin";

const origins = new WeakMap<WebAssembly.Module, ModuleOrigin>();

/**
 * What a module is made of, if it is not the model alone.
 *
 * @returns undefined for the model, which follows any release.
 * @throws ModuleError if what it tells of itself cannot be read.
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
    throw new ModuleError("the module's section on its origin is no JSON", { cause });
  }
  const release: unknown = origin?.release;
  if (typeof release !== "string" || !isKernelRelease(release) || !Array.isArray(origin?.files)) {
    throw new ModuleError("the module's section on its origin names no release or no files");
  }
  return origin as ModuleOrigin;
}

/** A number as WebAssembly writes lengths. */
function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest !== 0);
  return bytes;
}

/** The same module, with its origin written into it. */
export function withOrigin(module: Uint8Array, origin: ModuleOrigin): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder();
  const name = utf8.encode(SECTION);
  const text = utf8.encode(JSON.stringify(origin));
  const content = [...leb128(name.length), ...name, ...text];
  return Uint8Array.from([...module, 0, ...leb128(content.length), ...content]);
}
