// SPDX-License-Identifier: MIT
import { type Kernel, KernelLostError, NotModelledError } from "@bpf-token/syscall";
import { MapType } from "@bpf-token/uapi";

/**
 * Commands that need nothing but what the module has. They are frequent, and a snapshot takes longer
 * than they do.
 */
const safe: ReadonlySet<string | undefined> = new Set([
  ...["MAP_GET_NEXT_KEY", "MAP_FREEZE", "OBJ_PIN", "OBJ_GET", "OBJ_GET_INFO_BY_FD", "TOKEN_CREATE"],
  ...["PROG_GET_NEXT_ID", "MAP_GET_NEXT_ID", "BTF_GET_NEXT_ID", "LINK_GET_NEXT_ID"],
]);
/** Map types whose elements are bytes, and not sockets, devices, processors or cgroups. */
const plain: ReadonlySet<number | undefined> = new Set<number>([
  ...[MapType.HASH, MapType.ARRAY, MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_HASH],
  ...[MapType.LRU_PERCPU_HASH, MapType.LPM_TRIE, MapType.QUEUE, MapType.STACK],
]);

/** Keeps a kernel as it was before a command of bpf() that needs what the kernel does not have. */
export class Survivor {
  readonly #kernel: Kernel;
  /** Linux's own code in a module: what the module does not have ends a call in the middle. */
  readonly #ends: boolean;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#ends = kernel.features.verifier && kernel.snapshot !== undefined;
  }

  /**
   * Makes a call.
   *
   * @param element - returns the type of the map for a command on one of its elements.
   * @throws NotModelledError if the kernel does not have what the call needs; its state is the one before.
   */
  call(name: string | undefined, element: () => number | undefined, make: () => number): number {
    const kernel = this.#kernel;
    if (!this.#ends || safe.has(name) || plain.has(element())) return make();
    const before = kernel.snapshot?.();
    try {
      return make();
    } catch (error) {
      const isLost = error instanceof KernelLostError;
      if (!isLost && !(error instanceof NotModelledError)) throw error;
      if (before !== undefined) kernel.restore?.(before);
      if (!isLost) throw error;
      throw new NotModelledError(kernel.backend, `what bpf(BPF_${name}) needs: ${error.reason}`);
    }
  }
}

/** Whether a kernel can answer no call any more. */
export function isLost(kernel: Kernel): boolean {
  try {
    kernel.openFds(kernel.init);
    return false;
  } catch (error) {
    return error instanceof KernelLostError;
  }
}
