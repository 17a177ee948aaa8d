// SPDX-License-Identifier: GPL-2.0-only
import { BpfError } from "@bpf-token/syscall";
import { isKernelRelease, type KernelRelease, newestRelease, releaseCode } from "@bpf-token/uapi";
import { ReleaseMismatchError, UnknownReleaseError } from "../errors.js";
import { BOOT_NO_BPF_SYSCALL, BOOT_NO_VMLINUX_BTF } from "../generated/abi.js";
import { Machine } from "../module/machine.js";
import { embeddedModule } from "../module/module.js";
import { type ModuleOrigin, originOf } from "../module/origin.js";
import { WasmKernel } from "./kernel.js";

/** How a kernel is to be. */
export interface KernelOptions {
  /**
   * The release whose behaviour it follows. Default the newest, `6.18`; for a module that stands on
   * the kernel's own text, the one that it was compiled for, and no other.
   */
  readonly release?: KernelRelease;
  /** 32 bits that inode numbers and the like are derived from. Default 0: always the same. */
  readonly seed?: number;
  /** `kernel.unprivileged_bpf_disabled` at boot. Default 2, as distributions have it (rule SY-01). */
  readonly unprivilegedBpfDisabled?: 0 | 1 | 2;
  /**
   * Whether the kernel has bpf(). Default true; without, as in a kernel built without
   * `CONFIG_BPF_SYSCALL`, bpf() is ENOSYS and there is no file system of type `bpf`.
   */
  readonly bpfSyscall?: boolean;
  /**
   * Whether the kernel has BTF of its own. Default true; without, as in user-mode Linux, nothing
   * has a name in mount options (rule RN-07).
   */
  readonly vmlinuxBtf?: boolean;
  /** Another module with the same exports. Default the one in this package. */
  readonly module?: WebAssembly.Module;
}

function checkedOptions(
  options: KernelOptions,
  origin: ModuleOrigin | undefined,
): Required<Omit<KernelOptions, "module">> {
  const built = origin?.release;
  const { release = built ?? newestRelease, seed = 0, unprivilegedBpfDisabled = 2 } = options;
  const { bpfSyscall = true, vmlinuxBtf = true } = options;
  if (!isKernelRelease(release)) throw new UnknownReleaseError(String(release));
  if (built !== undefined && built !== release) throw new ReleaseMismatchError(built, release);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new RangeError(`seed must be a whole number of 32 bits, not ${seed}`);
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

/**
 * Boots a kernel, at once. Works in Node and in browsers, with no file and no network.
 *
 * @throws UnknownReleaseError for a release that is not modelled; ReleaseMismatchError for another
 *   than that of the kernel's own text in the module; RangeError for another option out of range;
 *   {@link ModuleError} for a module that is no kernel.
 */
export function createKernel(options: KernelOptions = {}): WasmKernel {
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
