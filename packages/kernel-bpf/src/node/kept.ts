// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BpfModuleError } from "../errors.js";

/** A module of the cache with the BTF that belongs to it. */
export interface KeptBpfKernel {
  readonly module: WebAssembly.Module;
  readonly btf: Uint8Array;
  /** The release of the source: `6.12.118`. */
  readonly release: string;
  /** The configuration of the distribution's kernel. */
  readonly config: string;
}

/**
 * The cache has no module of a release.
 *
 * @example
 * ```ts
 * try {
 *   readBpfKernel("7.3");
 * } catch (error) {
 *   if (error instanceof BpfKernelMissingError) console.error(error.message);
 * }
 * ```
 */
export class BpfKernelMissingError extends Error {
  override readonly name = "BpfKernelMissingError" as const;

  constructor(release: string) {
    super(
      `no module of Linux ${release} was built. Fix: npm run kernel-bpf -- build ${release} --fetch`,
    );
  }
}

/**
 * The folder with a folder per release: `BPF_TOKEN_BPF_KERNELS`, or one in the user's cache.
 *
 * @example
 * ```ts
 * bpfKernelFolder({ BPF_TOKEN_BPF_KERNELS: "/srv/kernels" }); // "/srv/kernels"
 * ```
 */
export function bpfKernelFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.BPF_TOKEN_BPF_KERNELS) return env.BPF_TOKEN_BPF_KERNELS;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "bpf-token", "bpf-kernels");
}

/**
 * The releases that were built, sorted.
 *
 * @example
 * ```ts
 * console.log(bpfKernelReleases()); // [ '6.12', '7.3' ]
 * ```
 */
export function bpfKernelReleases(folder: string = bpfKernelFolder()): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "kernel.json")))
    .sort();
}

/**
 * Reads a module and its BTF from the cache.
 *
 * @param release - `6.12` or `7.3`.
 * @throws BpfKernelMissingError if it was not built; BpfModuleError if a file is damaged.
 * @example
 * ```ts
 * const kernel = createBpfKernel(readBpfKernel("7.3"));
 * ```
 */
export function readBpfKernel(release: string, folder: string = bpfKernelFolder()): KeptBpfKernel {
  const at = join(folder, release);
  if (!/^[\w.-]+$/.test(release) || !existsSync(join(at, "kernel.json")))
    throw new BpfKernelMissingError(release);
  const fix = `Fix: npm run kernel-bpf -- build ${release}`;
  try {
    const about = JSON.parse(readFileSync(join(at, "kernel.json"), "utf8")) as Record<
      "release" | "sha256" | "btf",
      string
    >;
    const module = checked(at, "kernel.wasm", about.sha256);
    const btf = new Uint8Array(checked(at, "vmlinux.btf", about.btf));
    return {
      module: new WebAssembly.Module(module),
      btf,
      release: about.release,
      config: readFileSync(join(at, "config"), "utf8"),
    };
  } catch (cause) {
    throw new BpfModuleError(`${at} is damaged: ${(cause as Error).message}. ${fix}`, { cause });
  }
}

function checked(folder: string, name: string, sha256: string): Buffer<ArrayBuffer> {
  const bytes = readFileSync(join(folder, name)) as Buffer<ArrayBuffer>;
  if (createHash("sha256").update(bytes).digest("hex") !== sha256)
    throw new Error(`${name} has another hash than kernel.json says`);
  return bytes;
}
