// SPDX-License-Identifier: GPL-2.0-only
import { type FlatArg, type FlatCall, flatten, NotModelledError } from "@bpf-token/syscall";
import { Errno, type SyscallArg } from "@bpf-token/uapi";
import { BACKEND, type BpfExports, type BpfMachine } from "./machine.js";

/** The module's answer to a system call that it does not have, or to a flag of one. */
const NOT_MODELLED = -4094;
/** An address that always faults. */
const BAD = 0xdead_0000_0000_0000n;
const WORDS = 6;

/** Makes a system call as the current task of the module. */
export function systemCall(machine: BpfMachine, nr: number, args: readonly SyscallArg[]): number {
  const call = flatten(BACKEND, nr, args);
  const ret = machine.run((kernel) => {
    const memory = UserMemory.enter(machine, kernel, call);
    if (memory === undefined) return -Errno.ENOMEM;
    kernel.kernel_asked_clear();
    const ret = Number(kernel.kernel_syscall(nr, memory.words));
    kernel.kernel_settle();
    memory.leave();
    return ret;
  });
  // The module made no call, or its call changed nothing, so the kernel stays usable.
  if (ret === NOT_MODELLED) throw new NotModelledError(BACKEND, call.entry.name);
  return ret;
}

/** The memory of one call inside the module. */
class UserMemory {
  readonly words: number;
  readonly #machine: BpfMachine;
  readonly #kernel: BpfExports;
  readonly #call: FlatCall;
  readonly #blocks: readonly number[];
  readonly #starts: readonly number[];

  private constructor(
    machine: BpfMachine,
    kernel: BpfExports,
    call: FlatCall,
    blocks: readonly number[],
  ) {
    this.#machine = machine;
    this.#kernel = kernel;
    this.#call = call;
    this.#blocks = blocks;
    this.words = blocks[call.segments.length] as number;
    // A segment ends at a word, because the kernel reads strings by aligned words.
    this.#starts = call.segments.map(({ bytes }, i) => {
      const end = ((blocks[i] as number) + bytes.length + 7) & ~7;
      return end - bytes.length;
    });
  }

  /** Copies the memory of a call into the module; undefined if there is not enough memory. */
  static enter(machine: BpfMachine, kernel: BpfExports, call: FlatCall): UserMemory | undefined {
    const sizes = [...call.segments.map(({ bytes }) => bytes.length + 8), 8 * WORDS];
    const blocks = sizes.map((size) => kernel.kernel_alloc(size) >>> 0);
    if (blocks.includes(0)) {
      for (const block of blocks) kernel.kernel_free(block);
      return undefined;
    }
    const memory = new UserMemory(machine, kernel, call, blocks);
    memory.#copyIn();
    return memory;
  }

  #copyIn(): void {
    const { bytes, view } = this.#machine;
    const { segments, fixups, args } = this.#call;
    this.#kernel.kernel_user_clear();
    // Without a piece every address is valid.
    this.#kernel.kernel_user_add(0, 0);
    segments.forEach((segment, i) => {
      const at = this.#starts[i] as number;
      bytes.set(segment.bytes, at);
      this.#kernel.kernel_user_add(at, segment.bytes.length);
    });
    for (const { segment, offset, to } of fixups) {
      view.setBigUint64((this.#starts[segment] as number) + offset, this.#value(to), true);
    }
    for (const [i, arg] of args.entries())
      view.setBigUint64(this.words + 8 * i, this.#value(arg), true);
  }

  #value(arg: FlatArg): bigint {
    if (arg.kind === "bad") return BAD;
    return BigInt.asUintN(
      64,
      BigInt(arg.kind === "seg" ? (this.#starts[arg.segment] as number) : arg.value),
    );
  }

  /** Copies back what the kernel wrote. Pointers in the memory keep the caller's bytes. */
  leave(): void {
    const { bytes } = this.#machine;
    this.#kernel.kernel_user_clear();
    this.#call.segments.forEach((segment, i) => {
      if (!segment.copyBack) return;
      const at = this.#starts[i] as number;
      const pointers = this.#call.fixups.filter((fixup) => fixup.segment === i);
      const kept = pointers.map(({ offset }) => segment.bytes.slice(offset, offset + 8));
      segment.bytes.set(bytes.subarray(at, at + segment.bytes.length));
      for (const [j, { offset }] of pointers.entries())
        segment.bytes.set(kept[j] as Uint8Array, offset);
    });
    for (const block of this.#blocks) this.#kernel.kernel_free(block);
  }
}
