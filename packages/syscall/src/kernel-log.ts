// SPDX-License-Identifier: MIT
import { BPF_COMMON, BpfCmd, Errno, type Mem, structLayout } from "@bpf-token/uapi";
import type { Kernel, Task } from "./kernel.js";
import { raw } from "./raw.js";

/** Options of {@link KernelLog}. */
export interface KernelLogOptions {
  /** Size of the buffer in bytes. Default 65,536. A log that does not fit makes the call fail with ENOSPC. */
  readonly size?: number;
  /** How much the kernel writes: bits 0 to 3. Default 1. */
  readonly level?: number;
}

/**
 * The text in which a kernel explains one call: pass it to {@link createMap}, {@link loadProgram} or
 * {@link loadBtf}, then read {@link KernelLog.text}. A kernel never explains a missing permission: for
 * EPERM the log is empty.
 *
 * Programs and BTF have a log on every kernel. Maps have one since Linux 7.2; on an older kernel the log
 * stays empty, and the call is the same as without one.
 *
 * @example
 * ```ts
 * const log = new KernelLog();
 * try {
 *   createMap(app, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1, name: "a b", log });
 * } catch {
 *   console.error(log.text); // "Invalid map_name."
 * }
 * ```
 */
export class KernelLog {
  readonly #bytes: Uint8Array;
  readonly #level: number;

  constructor({ size = 1 << 16, level = 1 }: KernelLogOptions = {}) {
    if (!Number.isSafeInteger(size) || size < 1 || size > 0x3fff_ffff) {
      throw new RangeError(`the size of a log is 1 to ${0x3fff_ffff} bytes, not ${size}`);
    }
    if (!Number.isSafeInteger(level) || level < 1 || level > 15) {
      throw new RangeError(`the level of a log is 1 to 15, not ${level}`);
    }
    this.#bytes = new Uint8Array(size);
    this.#level = level;
  }

  /** What the kernel wrote, without newlines at the end. */
  get text(): string {
    const end = this.#bytes.indexOf(0);
    const written = end < 0 ? this.#bytes : this.#bytes.subarray(0, end);
    return new TextDecoder().decode(written).trimEnd();
  }

  /** Clears the log and returns its fields for BPF_PROG_LOAD. */
  progFields(): { log_level: number; log_size: number; log_buf: Mem } {
    this.#bytes.fill(0);
    const log_buf = { bytes: this.#bytes };
    return { log_level: this.#level, log_size: this.#bytes.length, log_buf };
  }

  /** Clears the log and returns its fields for BPF_BTF_LOAD. */
  btfFields(): { btf_log_level: number; btf_log_size: number; btf_log_buf: Mem } {
    const { log_level, log_size, log_buf } = this.progFields();
    return { btf_log_level: log_level, btf_log_size: log_size, btf_log_buf: log_buf };
  }

  /** Clears the log and returns common attributes with it, for a kernel with {@link hasCommonAttrs}. */
  commonAttrs(): Mem {
    return structLayout("bpf_common_attr").encode(this.progFields());
  }
}

const answers = new WeakMap<Kernel, boolean>();

/**
 * Returns whether bpf(2) has common attributes: since Linux 7.2, two more arguments with the log of a
 * call. Probes the kernel as libbpf does, by a call that every kernel refuses, and remembers the answer.
 *
 * The probe replaces the reason that {@link Task.refusal} returns.
 *
 * @example
 * ```ts
 * hasCommonAttrs(createKernel({ release: "7.1" }).init); // false
 * ```
 */
export function hasCommonAttrs(task: Task): boolean {
  const known = answers.get(task.kernel);
  if (known !== undefined) return known;
  const { size } = structLayout("bpf_common_attr");
  const attr = new Uint8Array(PROBE_SIZE);
  // EFAULT for the missing common attributes; an older kernel does not know the command.
  const cmd = BpfCmd.PROG_LOAD | BPF_COMMON.ATTRS;
  const ret = raw.bpf(task, cmd, attr, attr.length, null, size);
  const answer = ret === -Errno.EFAULT;
  answers.set(task.kernel, answer);
  return answer;
}

/** Up to the token of BPF_PROG_LOAD; every kernel with tokens knows these bytes. */
const PROBE_SIZE = 148;
