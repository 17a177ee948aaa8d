// SPDX-License-Identifier: GPL-2.0-only
import { assertOptions, BpfError } from "@bpf-token/syscall";
import {
  defaultRelease,
  type KernelRelease,
  type LinuxRelease,
  releaseCode,
  resolveRelease,
} from "@bpf-token/uapi";
import { ReleaseMismatchError, UnknownReleaseError } from "../errors.js";
import { BOOT_NO_BPF_SYSCALL, BOOT_NO_VMLINUX_BTF } from "../generated/abi.js";
import { Machine } from "../module/machine.js";
import { embeddedModule } from "../module/module.js";
import { type ModuleOrigin, originOf } from "../module/origin.js";
import { WasmKernel } from "./kernel.js";

/** Options of {@link createKernel}. */
export interface KernelOptions {
  /**
   * The release that the kernel follows. Default: `defaultRelease` of `@bpf-token/uapi`, the newest. For a release
   * without rules of its own, such as 6.11, the rules of the nearest older one are in force, which
   * {@link WasmKernel.release} names. A module with upstream source supports only the release that it was compiled for,
   * which is then the default.
   */
  readonly release?: LinuxRelease;
  /** 32-bit seed of inode numbers and similar values. Default 0. Equal seeds give equal numbers. */
  readonly seed?: number;
  /**
   * `kernel.unprivileged_bpf_disabled` at boot. Default 2, the value of distributions (rule SY-01).
   */
  readonly unprivilegedBpfDisabled?: 0 | 1 | 2;
  /**
   * Whether the kernel has bpf(). Default true. With false it behaves as without
   * `CONFIG_BPF_SYSCALL`: bpf() answers ENOSYS, and the filesystem type `bpf` does not exist.
   */
  readonly bpfSyscall?: boolean;
  /**
   * Whether the kernel has BTF of itself. Default true. With false, as in user-mode Linux, mount
   * options accept no names (rule RN-07).
   */
  readonly vmlinuxBtf?: boolean;
  /** Another module with the same exports. Default: the module of this package. */
  readonly module?: WebAssembly.Module;
}

const names = ["release", "seed", "unprivilegedBpfDisabled", "bpfSyscall", "vmlinuxBtf", "module"];

function checkedOptions(
  options: KernelOptions,
  origin: ModuleOrigin | undefined,
): Required<Omit<KernelOptions, "module">> & { readonly release: KernelRelease } {
  const built = origin?.release;
  const { seed = 0, unprivilegedBpfDisabled = 2 } = options;
  const { bpfSyscall = true, vmlinuxBtf = true } = options;
  const release = knownRelease(options.release ?? built ?? defaultRelease);
  if (built !== undefined && built !== release) throw new ReleaseMismatchError(built, release);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new RangeError(`seed must be an unsigned 32-bit integer, not ${seed}`);
  }
  if (![0, 1, 2].includes(unprivilegedBpfDisabled)) {
    throw new RangeError(
      `unprivilegedBpfDisabled must be 0, 1 or 2, not ${unprivilegedBpfDisabled}`,
    );
  }
  if (typeof bpfSyscall !== "boolean") throw new TypeError("bpfSyscall must be a boolean");
  if (typeof vmlinuxBtf !== "boolean") throw new TypeError("vmlinuxBtf must be a boolean");
  return { release, seed, unprivilegedBpfDisabled, bpfSyscall, vmlinuxBtf };
}

function knownRelease(text: string): KernelRelease {
  try {
    return resolveRelease(text).release;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UnknownReleaseError(text, cause);
  }
}

/**
 * Boots a kernel synchronously. It works in Node and in browsers and needs no file and no network.
 *
 * @throws UnknownReleaseError for Linux before 6.9 or after the newest modelled release, and for other text; ReleaseMismatchError if the
 *   module contains upstream source for another release; RangeError for another option out of
 *   range; TypeError for an unknown option; {@link ModuleError} for a module that is not a kernel; {@link KernelCrashed} if the
 *   module traps at boot.
 * @example
 * ```ts
 * const kernel = createKernel({ release: "6.12" });
 * const app = kernel.init.fork();
 * kernel.close();
 * ```
 */
export function createKernel(options: KernelOptions = {}): WasmKernel {
  assertOptions("createKernel", options, names);
  const module = options.module ?? embeddedModule();
  if (!(module instanceof WebAssembly.Module)) {
    throw new TypeError("module must be a WebAssembly.Module");
  }
  const origin = originOf(module);
  const { release, seed, unprivilegedBpfDisabled, ...built } = checkedOptions(options, origin);
  const machine = new Machine(module);
  const code = releaseCode(release);
  const noBtf = built.vmlinuxBtf ? 0 : BOOT_NO_VMLINUX_BTF;
  const flags = noBtf | (built.bpfSyscall ? 0 : BOOT_NO_BPF_SYSCALL);
  const ret = machine.run((core) => core.kernel_boot(code, unprivilegedBpfDisabled, seed, flags));
  if (ret < 0) throw new BpfError({ syscall: "boot", cmd: release }, -ret);
  return new WasmKernel(machine, release, origin);
}
