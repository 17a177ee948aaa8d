// SPDX-License-Identifier: GPL-2.0-only
import { assertOptions } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { BpfModuleError } from "./errors.js";
import { makeRoot, mountBpffs, openStandardFiles, succeeded } from "./files.js";
import { BpfKernel } from "./kernel.js";
import { type BpfExports, BpfMachine } from "./machine.js";

/** Options of {@link createBpfKernel}. */
export interface BpfKernelOptions {
  /** The module that `npm run kernel-bpf -- build RELEASE` built. */
  readonly module: WebAssembly.Module;
  /** The BTF of a kernel of the same release: the section `.BTF` of its `vmlinux`. */
  readonly btf: Uint8Array;
  /** The release, which must be that of the module: `6.12`, or exactly `6.12.118`. */
  readonly release: string;
  /** The configuration of that kernel as text, for {@link BpfKernel.config}. Default: empty. */
  readonly config?: string;
  /**
   * Whether the verifier behaves as with the JIT compiler of x86-64. Default true. With false it
   * behaves as with the interpreter.
   */
  readonly jit?: boolean;
  /** `kernel.unprivileged_bpf_disabled` at boot. Default 2, the value of distributions. */
  readonly unprivilegedBpfDisabled?: 0 | 1 | 2;
  /** Whether bpffs is mounted at /sys/fs/bpf. Default true. */
  readonly mountBpffs?: boolean;
}

const names = [
  "module",
  "btf",
  "release",
  "config",
  "jit",
  "unprivilegedBpfDisabled",
  "mountBpffs",
];

/**
 * Boots Linux's BPF subsystem, with bpffs at /sys/fs/bpf. It works in Node and in browsers.
 *
 * @throws BpfModuleError for a module that is not one, and if the module, the BTF and the release do
 *   not belong together; TypeError for a wrong option; {@link BpfKernelTrap} if the module traps.
 * @example
 * ```ts
 * const kernel = createBpfKernel({ module, btf, release: "7.3" });
 * console.log(kernel.release); // 7.3.4
 * kernel.close();
 * ```
 */
export function createBpfKernel(options: BpfKernelOptions): BpfKernel {
  assertOptions("createBpfKernel", options, names);
  const { module, btf, release, config = "", jit = true, unprivilegedBpfDisabled = 2 } = options;
  if (!(module instanceof WebAssembly.Module))
    throw new TypeError("createBpfKernel: module must be a WebAssembly.Module");
  if (!(btf instanceof Uint8Array))
    throw new TypeError("createBpfKernel: btf must be a Uint8Array");
  if (typeof release !== "string") throw new TypeError("createBpfKernel: release must be a string");
  if (typeof config !== "string") throw new TypeError("createBpfKernel: config must be text");
  const machine = new BpfMachine(module);
  const built = checkedRelease(machine, release);
  machine.run((kernel) => {
    succeeded("boot", kernel.kernel_boot());
    kernel.kernel_unprivileged(unprivilegedBpfDisabled);
    loadBtf(machine, kernel, btf);
    kernel.kernel_net();
    const failed = kernel.kernel_initcalls();
    if (failed !== 0)
      throw new BpfModuleError(`${failed} initcalls failed: ${machine.log.join("; ")}`);
    kernel.kernel_jit(jit ? 1 : 0);
    kernel.kernel_settle();
  });
  const kernel = new BpfKernel(machine, {
    release: built,
    btf,
    config,
  });
  makeRoot(kernel.init);
  succeeded(
    "mknod",
    machine.run((kernel) => kernel.kernel_null_device()),
  );
  openStandardFiles(kernel.init);
  if (options.mountBpffs !== false) mountBpffs(kernel.init);
  return kernel;
}

function checkedRelease(machine: BpfMachine, release: string): string {
  const code = machine.run((kernel) => kernel.kernel_version());
  const built = [code >> 16, (code >> 8) & 255, code & 255].join(".");
  if (built === release || built.startsWith(`${release}.`)) return built;
  throw new BpfModuleError(
    `the module is Linux ${built}, not ${release}. Fix: npm run kernel-bpf -- build ${release}`,
  );
}

/** The BTF stays in the memory of the module. */
function loadBtf(machine: BpfMachine, kernel: BpfExports, btf: Uint8Array): void {
  const at = kernel.kernel_alloc(btf.length) >>> 0;
  if (at === 0) throw new BpfModuleError(`the BTF has ${btf.length} bytes, which is too much`);
  machine.refresh();
  machine.bytes.set(btf, at);
  machine.keepConstant(at, btf.length);
  const missing = kernel.kernel_btf(at, btf.length);
  if (missing >= 0) return;
  if (missing === -Errno.ESTALE)
    throw new BpfModuleError("the BTF is of another release than the module");
  throw new BpfModuleError(`the module does not accept the BTF (errno ${-missing})`);
}
