// SPDX-License-Identifier: GPL-2.0-only
import { functionsOf, ModuleInstance } from "@bpf-token/kernel-wasm/host";
import { NotModelledError, UseAfterCloseError } from "@bpf-token/syscall";
import { BpfKernelTrap, BpfModuleError } from "./errors.js";
import { functionNames } from "./symbols.js";

/** Name of the backend. */
export const BACKEND = "bpf";

/** The functions that the module exports; core-c/kernel-bpf defines them. */
export interface BpfExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  readonly __stack_pointer: WebAssembly.Global<"i64">;
  kernel_version(): number;
  kernel_boot(): number;
  kernel_btf(at: number, length: number): number;
  kernel_net(): void;
  kernel_initcalls(): number;
  kernel_jit(on: number): void;
  kernel_alloc(size: number): number;
  kernel_free(at: number): void;
  kernel_live(): number;
  kernel_warnings(): number;
  kernel_settle(): void;
  kernel_task(pid: number): number;
  kernel_fork(share: number): number;
  kernel_exec(): number;
  kernel_exit(status: number): void;
  kernel_wait(pid: number): number;
  kernel_reap(pid: number): void;
  /** Older modules do not have it, and cannot attach a program that would see the difference. */
  kernel_show_pid?(pid: number, shown: number): void;
  kernel_send_fd(fd: number, to: number): number;
  kernel_open_namespace(of: number, mnt: number): number;
  kernel_fds(): number;
  kernel_fds_read(): number;
  kernel_unprivileged(value: number): void;
  kernel_user_add(at: number, length: number): number;
  kernel_user_clear(): void;
  kernel_asked_count(): number;
  kernel_asked(): number;
  kernel_asked_clear(): void;
  kernel_null_device(): number;
  /** The following are missing in modules that older versions of this package built. */
  kernel_coverage?(on: number): void;
  kernel_coverage_of?(fd: number): number;
  kernel_coverage_count?(fd: number): number;
  kernel_map_address?(fd: number): number;
  kernel_seed?(seed: number): void;
  kernel_unused_pages?(): number;
  kernel_unused_pages_end?(): number;
  kernel_syscall(nr: number, args: number): bigint;
}

const decoder = /* @__PURE__ */ new TextDecoder();
const encoder = /* @__PURE__ */ new TextEncoder();
/** How many lines of the kernel's log are kept. */
const LOG_LINES = 1000;

/** A copy of the memory without the parts that nothing changes. */
export interface MemoryCopy {
  /** The copied parts, one after another. */
  readonly bytes: Uint8Array;
  /** The size of the memory. */
  readonly size: number;
  /** Where each part begins and ends. */
  readonly parts: readonly Range[];
  /** The entries of pages that the memory did not have; zero. */
  readonly unused: Range;
}

type Range = readonly [start: number, end: number];

/** An instance of the module with its memory, and what it asks of the host. */
export class BpfMachine extends ModuleInstance<BpfExports> {
  protected readonly core: BpfExports;
  /** The kernel's log, oldest line first. */
  readonly log: string[] = [];
  /** Nanoseconds that the kernel's clocks show; undefined: since the start of the process. */
  clock: bigint | undefined;
  #constant: Range = [0, 0];
  readonly #stack: bigint;
  readonly #module: WebAssembly.Module;
  #names: ReadonlyMap<number, string> | undefined;

  /** @throws BpfModuleError for a module that is not one of this package. */
  constructor(module: WebAssembly.Module) {
    super();
    this.#module = module;
    const host = {
      host_log: (at: number | bigint, length: number) => this.#print(Number(at), length),
      host_now: () => this.clock ?? BigInt(Math.round(performance.now() * 1e6)),
      host_symbol: (fn: number, name: number) => this.#symbol(fn, name),
      host_not_modelled: (at: number | bigint, length: number) => {
        throw new NotModelledError(BACKEND, this.#text(Number(at), length));
      },
    };
    try {
      const { exports } = new WebAssembly.Instance(module, { host });
      this.core = exports as unknown as BpfExports;
    } catch (cause) {
      if (!(cause instanceof WebAssembly.LinkError) && !(cause instanceof TypeError)) throw cause;
      throw new BpfModuleError(`the module is not a BPF subsystem: ${cause.message}`, { cause });
    }
    if (typeof this.core.kernel_syscall !== "function") {
      throw new BpfModuleError("the module is not a BPF subsystem: it exports no kernel_syscall");
    }
    if (typeof this.core.kernel_fork !== "function") {
      const fix = "Fix: npm run kernel-bpf -- build RELEASE";
      throw new BpfModuleError(`an older version of this package built the module. ${fix}`);
    }
    this.#stack = this.core.__stack_pointer.value;
    this.refresh();
  }

  get view(): DataView {
    return new DataView(this.core.memory.buffer);
  }

  /**
   * If a function traps or needs what is not there, the state is lost until
   * {@link BpfMachine.restore}.
   */
  protected failed(error: unknown): unknown {
    const lost = this.#lostBy(error);
    if (lost === undefined) return error;
    this.unavailable = () => lost;
    return error instanceof NotModelledError ? error : lost;
  }

  #lostBy(error: unknown): Error | undefined {
    if (error instanceof NotModelledError) {
      const reason = `the call before it ended in ${error.what}, which is not modelled`;
      return new BpfKernelTrap(reason, functionsOf(error), error);
    }
    const isTrap = error instanceof WebAssembly.RuntimeError;
    if (!isTrap && !(error instanceof RangeError && functionsOf(error).length > 0))
      return undefined;
    const functions = functionsOf(error);
    const where = functions.length === 0 ? "" : ` in ${functions.slice(0, 3).join(" < ")}`;
    return new BpfKernelTrap(`${error.message}${where}`, functions, error);
  }

  /** Remembers a part of the memory that nothing changes: the BTF of the kernel. */
  keepConstant(start: number, length: number): void {
    this.#constant = [start, start + length];
  }

  /** Copies the memory. Half of it never changes: the BTF, and the entries of pages not in use. */
  copy(): MemoryCopy {
    return this.run((kernel) => {
      const size = this.bytes.length;
      const start = (kernel.kernel_unused_pages?.() ?? 0) >>> 0;
      const unused: Range = [start, (kernel.kernel_unused_pages_end?.() ?? 0) >>> 0];
      const parts: Range[] = [];
      let at = 0;
      for (const [from, to] of [unused, this.#constant].sort((a, b) => a[0] - b[0])) {
        if (to <= from) continue;
        parts.push([at, from]);
        at = to;
      }
      parts.push([at, size]);
      const bytes = new Uint8Array(parts.reduce((sum, [from, to]) => sum + to - from, 0));
      let end = 0;
      for (const [from, to] of parts) {
        bytes.set(this.bytes.subarray(from, to), end);
        end += to - from;
      }
      return { bytes, size, parts, unused };
    });
  }

  /** Writes a copy of the memory and forgets a trap. */
  restore({ bytes, size, parts, unused }: MemoryCopy): void {
    if (this.closed) throw new UseAfterCloseError("kernel");
    let at = 0;
    for (const [from, to] of parts) {
      this.bytes.set(bytes.subarray(at, at + to - from), from);
      at += to - from;
    }
    if (this.bytes.length > size) {
      this.bytes.fill(0, size);
      this.bytes.fill(0, ...unused);
    }
    this.core.__stack_pointer.value = this.#stack;
    this.unavailable = undefined;
  }

  /** Also forgets a trap: no snapshot can be restored any more. */
  override close(): void {
    this.unavailable = undefined;
    super.close();
  }

  #text(at: number, length: number): string {
    this.refresh();
    return decoder.decode(this.bytes.slice(at, at + length));
  }

  /** Before the text of a line, the kernel puts U+0001 and the log level. */
  #print(at: number, length: number): void {
    const text = this.#text(at, length).trimEnd();
    this.log.push(text.startsWith("\u0001") ? text.slice(2) : text);
    if (this.log.length > LOG_LINES) this.log.shift();
  }

  /** Engines name an exported function by its index. */
  #symbol(fn: number, name: number): number {
    const table = this.core.__indirect_function_table;
    const found: unknown = fn < table.length ? table.get(fn) : null;
    if (typeof found !== "function") return 0;
    this.#names ??= functionNames(this.#module);
    const text = this.#names.get(Number(found.name));
    if (text === undefined) return 0;
    const bytes = encoder.encode(text).subarray(0, 500);
    this.refresh();
    this.bytes.set(bytes, name);
    return bytes.length;
  }
}
