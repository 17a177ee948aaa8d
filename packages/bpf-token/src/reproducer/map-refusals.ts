// SPDX-License-Identifier: MIT
// Maps that a C program must not create on a real kernel. native/executor/bpfcall.c has the same rules.
import { BPF_COMMON, BPF_F, BpfCmd, MapType } from "@bpf-token/uapi";
import type { RecordedStep } from "./recording.js";
import { ReproducerRefused } from "./refused.js";

type Call = Extract<RecordedStep, { op: "call" }>;

const MAP_BYTES = 64 * 2 ** 20;
/** No limit of the machine holds for the program, so all its maps together have one. */
const TOTAL_BYTES = 512 * 2 ** 20;
/** What a hash table needs for each entry besides key and value, about. */
const ENTRY_BYTES = 64;
/** The machine that runs the program may have so many. */
const CPUS = 256;
/** Offsets in the attr. */
const [TYPE, KEY_SIZE, VALUE_SIZE, MAX_ENTRIES, FLAGS] = [0, 4, 8, 12, 16];

/** Why a call must not create its map; undefined if it may, or creates none. */
export function refusedMap(step: Call): string | undefined {
  const word = attrOf(step);
  if (word === undefined) return undefined;
  if (word(TYPE) === MapType.STRUCT_OPS && (word(FLAGS) & BPF_F.LINK) === 0) {
    return "creates a map that registers functions for the whole machine";
  }
  return bytesOf(word) > MAP_BYTES ? "creates a map of more than 64 MiB" : undefined;
}

/** @throws ReproducerRefused if the maps of all steps together are too large. */
export function assertAllowedMaps(steps: readonly RecordedStep[]): void {
  const sizes = steps.map((step) => {
    const word = step.op === "call" ? attrOf(step) : undefined;
    return word === undefined ? 0 : bytesOf(word);
  });
  if (sizes.reduce((sum, size) => sum + size, 0) <= TOTAL_BYTES) return;
  throw new ReproducerRefused("the scenario creates maps of more than 512 MiB together");
}

/** Reads words of the attr of MAP_CREATE as the kernel does: what is not passed is 0. */
function attrOf({ call, before }: Call): ((offset: number) => number) | undefined {
  const [command, attr, size] = call.args;
  if (call.entry.name !== "bpf" || command?.kind !== "num" || attr?.kind !== "seg")
    return undefined;
  if ((Number(command.value) & ~BPF_COMMON.ATTRS) !== BpfCmd.MAP_CREATE) return undefined;
  const passed = size?.kind === "num" ? Number(BigInt.asUintN(32, BigInt(size.value))) : 0;
  const whole = new Uint8Array(FLAGS + 4);
  whole.set((before[attr.segment] ?? new Uint8Array()).subarray(0, Math.min(passed, whole.length)));
  return (offset) => new DataView(whole.buffer).getUint32(offset, true);
}

function bytesOf(word: (offset: number) => number): number {
  const rounded = (offset: number): number => Math.ceil(word(offset) / 8) * 8;
  const entry = rounded(KEY_SIZE) + rounded(VALUE_SIZE);
  const entries = word(MAX_ENTRIES);
  switch (word(TYPE)) {
    case MapType.ARENA:
      return 0;
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      return entries;
    case MapType.ARRAY:
    case MapType.STACK:
    case MapType.QUEUE:
      return entry * entries;
    case MapType.PERCPU_ARRAY:
      return entry * CPUS * entries;
    case MapType.PERCPU_HASH:
    case MapType.LRU_PERCPU_HASH:
      return (entry * CPUS + ENTRY_BYTES) * entries;
    default:
      return (entry + ENTRY_BYTES) * entries;
  }
}
