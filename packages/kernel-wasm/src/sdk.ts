// SPDX-License-Identifier: GPL-2.0-only

/**
 * What a file of the kernel's own is compiled and linked with, to stand in the place of ours: our
 * headers, and the model around it as relocatable objects. `@bpf-token/upstream` does it.
 *
 * @packageDocumentation
 */

import { ModuleError } from "./errors.js";
import { sdkArchive } from "./generated/sdk-archive.js";
import { decodeBase64 } from "./module/base64.js";

/** What the host of a module for sequences reads in its memory, and what that exports. */
export * as sequenceAbi from "./generated/sequence-abi.js";
export { crashReason } from "./module/crash.js";
export { memoryOf } from "./module/memory-of.js";
export { type ModuleOrigin, type OriginFile, withOrigin } from "./module/origin.js";

/** A file of the model that the kernel's own can take the place of. */
export type SlotPath = "kernel/bpf/token.c" | "kernel/bpf/inode.c";

/** Headers, objects and flags. */
export interface Sdk {
  /** Changes with anything in it: for keys of caches. */
  readonly id: string;
  /** Headers by their path in a tree: `include/linux/bpf.h`. */
  readonly headers: ReadonlyMap<string, string>;
  /** The model without what stands in {@link Sdk.slots}, a relocatable wasm32 object. */
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** Our own files, compiled, by the path of the kernel's file whose place they have. */
  readonly slots: ReadonlyMap<SlotPath, Uint8Array<ArrayBuffer>>;
  /**
   * Flags of clang for a file at its path in a tree with these headers. `-DUAPI_RELEASE=` is still
   * missing: {@link Sdk} is the same for all releases.
   */
  readonly compileFlags: readonly string[];
  /** Flags of wasm-ld for {@link Sdk.kernel} and an object for each slot. */
  readonly linkFlags: readonly string[];
  /**
   * What turns bytes into sequences of system calls, to be linked with the rest into a module that
   * kernels are compared with, by {@link Sdk.fuzzLinkFlags}.
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

/** Unpacks the SDK, once per process; a few milliseconds. */
export function loadSdk(): Promise<Sdk> {
  loaded ??= unpack();
  return loaded;
}

async function unpack(): Promise<Sdk> {
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

/** What has no place of its own among the kernel's files. */
function taken(objects: Map<string, Uint8Array<ArrayBuffer>>, name: string) {
  const object = objects.get(name);
  objects.delete(name);
  if (object === undefined) throw new ModuleError(`the archive of the SDK has no '${name}'`);
  return object;
}
