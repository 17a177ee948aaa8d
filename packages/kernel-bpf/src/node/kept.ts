// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { BpfModuleError } from "../errors.js";

/** The name of a package with a module, without its release. */
const PACKAGE = "bpf-token-kernel-bpf-";
const NODE_MODULES = "node_modules";
/** Folders of the system, which only root can write. */
const SYSTEM = ["/usr/lib/bpf-token/bpf-kernels", "/usr/share/bpf-token/bpf-kernels"];

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
 * No folder has a module of the release.
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
      `no module of Linux ${release} was built. Fix: npm run kernel-bpf -- build ${release} --fetch; outside of a clone, pack ${PACKAGE}${release} in one (npm run release -- --kernel-bpf ${release}), then run npm install --global FOLDER, or, for the .deb and the executable, copy FOLDER to ${SYSTEM[1]}/${release}`,
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
 * The folders that may have modules, in the order of the search: `BPF_TOKEN_BPF_KERNELS` alone, if it is set.
 * Otherwise the user's cache, the `node_modules` that the program is installed in, and folders of the system.
 *
 * @param program - the script that runs.
 * @example
 * ```ts
 * bpfKernelFolders({ BPF_TOKEN_BPF_KERNELS: "/srv/kernels" }); // [ "/srv/kernels" ]
 * ```
 */
export function bpfKernelFolders(
  env: NodeJS.ProcessEnv = process.env,
  program: string | undefined = process.argv[1],
): readonly string[] {
  const own = bpfKernelFolder(env);
  return env.BPF_TOKEN_BPF_KERNELS ? [own] : [own, ...packagesAround(program), ...SYSTEM];
}

/** The `node_modules` of `node_modules/PACKAGE/bin/PROGRAM`. */
function packagesAround(program: string | undefined): readonly string[] {
  if (program === undefined || !existsSync(program)) return [];
  const folder = dirname(dirname(dirname(realpathSync(program))));
  return basename(folder) === NODE_MODULES ? [folder] : [];
}

/** What the name of a release's folder starts with: the packages of npm have a name of their own. */
const prefixIn = (folder: string): string => (basename(folder) === NODE_MODULES ? PACKAGE : "");

/**
 * The releases that were built, sorted.
 *
 * @example
 * ```ts
 * console.log(bpfKernelReleases()); // [ '6.12', '7.3' ]
 * ```
 */
export function bpfKernelReleases(
  folders: string | readonly string[] = bpfKernelFolders(),
): readonly string[] {
  const releases = [folders].flat().flatMap((folder) => {
    if (!existsSync(folder)) return [];
    const prefix = prefixIn(folder);
    return readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && existsSync(join(folder, name, "kernel.json")))
      .map((name) => name.slice(prefix.length));
  });
  return [...new Set(releases)].sort();
}

/**
 * Reads a module and its BTF from the first folder that has the release.
 *
 * @param release - `6.12` or `7.3`.
 * @throws BpfKernelMissingError if no folder has it; BpfModuleError if a file is damaged.
 * @example
 * ```ts
 * const kernel = createBpfKernel(readBpfKernel("7.3"));
 * ```
 */
export function readBpfKernel(
  release: string,
  folders: string | readonly string[] = bpfKernelFolders(),
): KeptBpfKernel {
  const at = [folders]
    .flat()
    .map((folder) => join(folder, `${prefixIn(folder)}${release}`))
    .find((path) => existsSync(join(path, "kernel.json")));
  if (!/^[\w.-]+$/.test(release) || at === undefined) throw new BpfKernelMissingError(release);
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
