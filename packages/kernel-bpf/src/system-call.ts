// SPDX-License-Identifier: GPL-2.0-only
import { readBack, writeCall } from "@bpf-token/kernel-wasm/host";
import { type FlatCall, flatten, NotModelledError } from "@bpf-token/syscall";
import { Errno, type SyscallArg } from "@bpf-token/uapi";
import { BACKEND, type BpfExports, type BpfMachine } from "./machine.js";

/** The module's answer to a system call that it does not have, or to a flag of one. */
const NOT_MODELLED = -4094;
/** Size of the arguments of a call in bytes. */
const ARGUMENTS = 8 * 6;

/** Makes a system call as the current task of the module. */
export function systemCall(machine: BpfMachine, nr: number, args: readonly SyscallArg[]): number {
  const call = flatten(BACKEND, nr, args);
  const ret = machine.run((kernel) => {
    const blocks = allocate(kernel, call);
    const at = blocks.at(-1) ?? 0;
    if (at === 0) return -Errno.ENOMEM;
    const starts = announce(kernel, call, blocks);
    machine.refresh();
    writeCall(machine.bytes, call, starts, at);
    kernel.kernel_asked_clear();
    const ret = Number(kernel.kernel_syscall(nr, at));
    kernel.kernel_settle();
    kernel.kernel_user_clear();
    machine.refresh();
    readBack(machine.bytes, call, starts);
    for (const block of blocks) kernel.kernel_free(block);
    return ret;
  });
  // The module made no call, or its call changed nothing, so the kernel stays usable.
  if (ret === NOT_MODELLED) throw new NotModelledError(BACKEND, call.entry.name);
  return ret;
}

/** Allocates a block for each segment, and the last one for the arguments; nothing if that fails. */
function allocate(kernel: BpfExports, { segments }: FlatCall): readonly number[] {
  const sizes = [...segments.map(({ bytes }) => bytes.length + 8), ARGUMENTS];
  const blocks = sizes.map((size) => kernel.kernel_alloc(size) >>> 0);
  if (!blocks.includes(0)) return blocks;
  for (const block of blocks) kernel.kernel_free(block);
  return [];
}

/** Names the segments as the only user memory. Returns their addresses. */
function announce(
  kernel: BpfExports,
  { segments }: FlatCall,
  blocks: readonly number[],
): readonly number[] {
  kernel.kernel_user_clear();
  // Without a piece every address is valid.
  kernel.kernel_user_add(0, 0);
  return segments.map(({ bytes: { length } }, i) => {
    // A segment ends at a word, because the kernel reads strings by aligned words.
    const start = (((blocks[i] ?? 0) + length + 7) & ~7) - length;
    kernel.kernel_user_add(start, length);
    return start;
  });
}
