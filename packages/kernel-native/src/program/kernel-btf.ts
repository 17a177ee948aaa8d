// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { type BtfType, readType } from "../guest/vmlinux-btf.js";

/** Reads the BTF of a kernel; undefined if it is unknown. */
export type ReadBtf = () => Uint8Array | undefined;

/** The place of a kernel's BTF. */
export const BTF_PATH = "/sys/kernel/btf/vmlinux";

/** The BTF that the program gets as that of the kernel. */
export class KernelBtf {
  readonly #read: ReadBtf;
  #own: { readonly bytes: Uint8Array | undefined } | undefined;
  #host: Uint8Array | undefined;

  constructor(read: ReadBtf) {
    this.#read = read;
  }

  /** The BTF of the other kernel; undefined if the program gets that of the host. */
  get own(): Uint8Array | undefined {
    this.#own ??= { bytes: this.#read() };
    return this.#own.bytes;
  }

  /** The type with an id; undefined if there is none, or no BTF. */
  type(id: number): BtfType | undefined {
    try {
      this.#host ??= this.own ?? readFileSync(BTF_PATH);
      return readType(this.#host, id);
    } catch {
      return undefined;
    }
  }
}
