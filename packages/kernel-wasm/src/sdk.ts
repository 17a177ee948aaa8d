// SPDX-License-Identifier: GPL-2.0-only

/**
 * Everything that compiles and links an upstream kernel file in place of the model's own file:
 * headers, and the rest of the model as relocatable objects. `@bpf-token/upstream` uses it.
 *
 * @packageDocumentation
 */

import { ModuleError } from "./errors.js";
import { decodeBase64 } from "./module/base64.js";

/** Memory layout and exports of a module that runs call sequences. */
export * as sequenceAbi from "./generated/sequence-abi.js";
export { crashReason } from "./module/crash.js";
export { memoryOf } from "./module/memory-of.js";
export { type ModuleOrigin, type OriginFile, withOrigin } from "./module/origin.js";

/** A file of the model that an upstream file can replace. */
export type SlotPath = "kernel/bpf/token.c" | "kernel/bpf/inode.c";

/** Headers, objects and compiler flags. {@link loadSdk} returns them. */
export interface Sdk {
  /** Changes with every part of the SDK, so it can serve as a cache key. */
  readonly id: string;
  /** Contents of the headers by their path in a kernel tree: `include/linux/bpf.h`. */
  readonly headers: ReadonlyMap<string, string>;
  /** The model without the files of {@link Sdk.slots}, as one relocatable wasm32 object. */
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** The model's own replaceable files, compiled, by the path of the upstream file. */
  readonly slots: ReadonlyMap<SlotPath, Uint8Array<ArrayBuffer>>;
  /**
   * Flags of clang for a file at its path in a tree with these headers. The caller adds
   * `-DUAPI_RELEASE=`, because one {@link Sdk} serves all releases.
   */
  readonly compileFlags: readonly string[];
  /** Flags of wasm-ld for {@link Sdk.kernel} and one object per slot. */
  readonly linkFlags: readonly string[];
  /**
   * Converts bytes into sequences of system calls. {@link Sdk.fuzzLinkFlags} link it with the other
   * objects into a module for comparing kernels.
   */
  readonly fuzz: Uint8Array<ArrayBuffer>;
  readonly fuzzLinkFlags: readonly string[];
}

interface Index {
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  readonly fuzzLinkFlags: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly objects: readonly (readonly [string, number])[];
}

let loaded: Promise<Sdk> | undefined;

/**
 * Unpacks the SDK once per process, which takes a few milliseconds.
 *
 * @returns the same SDK for every call.
 * @throws ModuleError if the packaged archive is damaged, or not built yet.
 * @example
 * ```ts
 * const { headers, compileFlags } = await loadSdk();
 * ```
 */
export function loadSdk(): Promise<Sdk> {
  loaded ??= unpack();
  return loaded;
}

/** The archive, which a clone has built last. */
async function readArchive() {
  try {
    return (await import("./generated/sdk-archive.js")).sdkArchive;
  } catch (cause) {
    const fix = "in a clone, run 'npm run build'";
    throw new ModuleError(`the SDK for upstream source cannot be loaded: ${fix}`, { cause });
  }
}

async function unpack(): Promise<Sdk> {
  const sdkArchive = await readArchive();
  const packed = new Blob([decodeBase64(sdkArchive.base64)]).stream();
  const plain = packed.pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(plain).arrayBuffer());
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as Index;
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  let at = 4 + size;
  for (const [name, length] of index.objects) {
    objects.set(name, bytes.subarray(at, at + length));
    at += length;
  }
  const kernel = taken(objects, "kernel");
  const fuzz = taken(objects, "fuzz");
  return {
    id: sdkArchive.id,
    headers: new Map(Object.entries(index.headers)),
    kernel,
    slots: objects as ReadonlyMap<SlotPath, Uint8Array<ArrayBuffer>>,
    compileFlags: index.compileFlags,
    linkFlags: index.linkFlags,
    fuzz,
    fuzzLinkFlags: index.fuzzLinkFlags,
  };
}

/** Removes the object `name` from the map, so that only the slots stay in it. */
function taken(objects: Map<string, Uint8Array<ArrayBuffer>>, name: string) {
  const object = objects.get(name);
  objects.delete(name);
  if (object === undefined) throw new ModuleError(`the archive of the SDK has no '${name}'`);
  return object;
}
