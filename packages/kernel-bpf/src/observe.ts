// SPDX-License-Identifier: GPL-2.0-only
import { BpfError, NotModelledError } from "@bpf-token/syscall";
import { BpfModuleError } from "./errors.js";
import { BACKEND, type BpfExports, type BpfMachine } from "./machine.js";

/** How often the instructions of a program ran, by their index in the program as it was loaded. */
export interface InstructionCounts {
  /** 0 also for instructions that the verifier removed because they can never run. */
  readonly ran: Uint32Array;
  /** Of conditional jumps: how often they jumped to their target. */
  readonly jumped: Uint32Array;
}

/** Size of the two counters of an instruction. */
const COUNTERS = 8;

/** Returns a function of a module that older builds do not export. */
export function exported<Name extends keyof BpfExports>(
  kernel: BpfExports,
  name: Name,
): NonNullable<BpfExports[Name]> {
  const found = kernel[name];
  if (found !== undefined && found !== null) return found;
  const fix = "Fix: npm run kernel-bpf -- build RELEASE";
  throw new BpfModuleError(`the module was built by an older version. ${fix}`);
}

/** Reads the counters of a program; undefined if it was loaded while none were counted. */
export function readCounts(machine: BpfMachine, fd: number): InstructionCounts | undefined {
  const [at, count] = machine.run((kernel) => [
    exported(kernel, "kernel_coverage_of")(fd),
    exported(kernel, "kernel_coverage_count")(fd),
  ]) as [number, number];
  if (at < 0 && at > -4096) throw new BpfError({ syscall: "bpf" }, -at);
  if (at === 0) return undefined;
  const { view } = machine;
  const read = (offset: number): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) =>
      view.getUint32((at >>> 0) + i * COUNTERS + offset, true),
    );
  return { ran: read(0), jumped: read(4) };
}

const PAGE = 4096;
/** BPF_RINGBUF_BUSY_BIT and BPF_RINGBUF_DISCARD_BIT of a record's header, and its size. */
const BUSY = 1 << 31;
const DISCARDED = 1 << 30;
const HEADER = 8;

/**
 * Takes the records out of a ring buffer, as user space does that maps its pages: the position of the
 * reader, that of the writers, and the data, which a record may leave at the end because the pages
 * are there twice. kernel/bpf/ringbuf.c, since 5.8.
 */
export function takeRecords(machine: BpfMachine, fd: number, size: number): Uint8Array[] {
  const found = machine.run((kernel) => exported(kernel, "kernel_map_address")(fd));
  if (found === -524) throw new NotModelledError(BACKEND, "the memory of a map of this type");
  if (found < 0 && found > -4096) throw new BpfError({ syscall: "mmap" }, -found);
  const consumer = found >>> 0;
  const producer = consumer + PAGE;
  const data = producer + PAGE;
  const { view } = machine;
  const records: Uint8Array[] = [];
  let position = view.getBigUint64(consumer, true);
  const end = view.getBigUint64(producer, true);
  while (position < end) {
    const at = data + Number(position % BigInt(size));
    const header = view.getUint32(at, true);
    if ((header & BUSY) !== 0) break;
    const length = (header & ~BUSY & ~DISCARDED) >>> 0;
    if ((header & DISCARDED) === 0)
      records.push(machine.bytes.slice(at + HEADER, at + HEADER + length));
    position += BigInt(Math.ceil((length + HEADER) / 8) * 8);
  }
  view.setBigUint64(consumer, position, true);
  return records;
}
