// SPDX-License-Identifier: GPL-2.0-only
import { UseAfterCloseError } from "@bpf-token/syscall";

/**
 * One instance of a kernel's module: its memory, its functions, and whether it is usable.
 *
 * The engine replaces the memory's buffer when the memory grows, so all views are read through this
 * object each time.
 */
export abstract class ModuleInstance<Core extends { readonly memory: WebAssembly.Memory }> {
  /** The functions of the module. */
  protected abstract readonly core: Core;
  /** The memory as bytes. */
  bytes: Uint8Array = new Uint8Array();
  /** Why it cannot be called now; undefined if it can. */
  protected unavailable: (() => Error) | undefined;
  #closed = false;

  /** Recreates the view if the memory grew; a view of memory that grew has length 0. */
  refresh(): void {
    if (this.bytes.length === 0) this.bytes = new Uint8Array(this.core.memory.buffer);
  }

  /** Whether it cannot be called now. */
  get isUnavailable(): boolean {
    return this.unavailable !== undefined;
  }

  /** Whether {@link ModuleInstance.close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes the instance. An instance that crashed keeps its crash. */
  close(): void {
    this.#closed = true;
    this.unavailable ??= () => new UseAfterCloseError("kernel");
  }

  /** Throws if the instance cannot be called. */
  assertRunning(): void {
    if (this.unavailable !== undefined) throw this.unavailable();
  }

  /** Runs functions of the module. */
  run<T>(work: (core: Core) => T): T {
    this.assertRunning();
    try {
      return work(this.core);
    } catch (cause) {
      throw this.failed(cause);
    } finally {
      this.refresh();
    }
  }

  /** Restores a copy of the memory. The rest up to `end` becomes zero, as fresh memory is. */
  write(memory: Uint8Array, end: number): void {
    this.bytes.set(memory);
    if (end > memory.length) this.bytes.fill(0, memory.length, end);
  }

  /** Records that the instance cannot be used after an error. Returns the error to throw. */
  protected abstract failed(cause: unknown): unknown;
}
