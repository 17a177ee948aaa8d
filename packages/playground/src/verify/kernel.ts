// SPDX-License-Identifier: MIT
// The module of Linux's BPF subsystem: files that the visitor chooses, or files of the server.
import { type BpfKernelOptions, LimitedWorker, webWorker } from "@bpf-token/kernel-bpf";

/** The files that `npm run kernel-bpf -- build` writes for a release. */
export interface KernelFiles {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly btf: Uint8Array;
  readonly config: string;
}

/** The files, or the address of the folder that has them. */
export type KernelSource = KernelFiles | string;

/** The names of the files in the folder of a release. */
export const kernelFileNames = ["kernel.wasm", "vmlinux.btf", "config"] as const;

/** The files do not make a kernel. */
export class KernelFilesError extends Error {}

/**
 * Returns the release that a configuration names in its first lines.
 *
 * @example
 * ```ts
 * releaseOf("# Linux/x86 6.12.118 Kernel Configuration"); // "6.12.118"
 * ```
 */
export function releaseOf(config: string): string {
  const found = /^# Linux\/\S+ (\d+\.\d+\.\d+)(?!\d)\S* Kernel Configuration$/m.exec(
    config.slice(0, 500),
  );
  if (found?.[1] !== undefined) return found[1];
  throw new KernelFilesError(
    "the file config names no release of Linux in its first lines. Choose the config that 'npm run kernel-bpf -- build' wrote",
  );
}

const loaded: { source?: KernelSource; kernel?: BpfKernelOptions } = {};

/** Reads and compiles a kernel. The last one is kept. */
export async function kernelOf(source: KernelSource): Promise<BpfKernelOptions> {
  if (loaded.kernel !== undefined && same(loaded.source, source)) return loaded.kernel;
  const { wasm, btf, config } = typeof source === "string" ? await fetched(source) : source;
  const release = releaseOf(config);
  loaded.kernel = { module: await compiled(wasm), btf, config, release };
  loaded.source = source;
  return loaded.kernel;
}

/** A worker gets a copy of the files with each question. */
function same(a: KernelSource | undefined, b: KernelSource): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  const equal = (one: Uint8Array, other: Uint8Array): boolean =>
    one.length === other.length && one.every((byte, i) => byte === other[i]);
  return a.config === b.config && equal(a.wasm, b.wasm) && equal(a.btf, b.btf);
}

async function compiled(wasm: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(wasm);
  } catch (cause) {
    throw new KernelFilesError(`kernel.wasm is not a WebAssembly module: ${messageOf(cause)}`);
  }
}

async function fetched(folder: string): Promise<KernelFiles> {
  const [wasm, btf, config] = await Promise.all(
    kernelFileNames.map(async (name) => {
      const response = await fetch(`${folder}${name}`).catch((cause) => {
        throw new KernelFilesError(`${name} cannot be loaded: ${messageOf(cause)}`);
      });
      if (!response.ok) {
        throw new KernelFilesError(`${name} cannot be loaded: HTTP status ${response.status}`);
      }
      return new Uint8Array(await response.arrayBuffer());
    }),
  );
  const none = new Uint8Array();
  return { wasm: wasm ?? none, btf: btf ?? none, config: new TextDecoder().decode(config) };
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

let worker: LimitedWorker | undefined;

/** The thread of the kernel, with the default time limit. */
export function thread(): LimitedWorker {
  worker ??= new LimitedWorker(
    webWorker(() => new Worker(new URL("./thread.ts", import.meta.url), { type: "module" })),
  );
  return worker;
}
