// SPDX-License-Identifier: MIT
import { linkProgram } from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import { comparedBytes } from "./compared.js";
import { shortPacketText } from "./packet/short-packet.js";
import type { TestObject, TestRun } from "./test-object.js";

/** Options of {@link fuzzProgram}. */
export interface ProgramFuzzOptions {
  readonly program: string;
  /** Packets to begin with: at least one that reaches the interesting code. */
  readonly seeds: readonly Uint8Array[];
  /** How many packets to try. Default 10,000. */
  readonly runs?: number;
  /** Chooses the packets; the same number gives the same ones. Default 1. */
  readonly seed?: number;
  /** The largest packet in bytes. Default 1,500. */
  readonly largest?: number;
  /** Sets maps and variables before each run, which starts on the object as it was loaded. */
  prepare?(object: TestObject): void;
  /** Judges a run; returns what is wrong, or undefined. */
  check(run: TestRun, packet: Uint8Array, object: TestObject): string | undefined;
}

/** What {@link fuzzProgram} found. */
export interface ProgramFuzzResult {
  /** How many packets were tried. */
  readonly runs: number;
  /** The packets that reached something new, to keep as seeds. */
  readonly corpus: readonly Uint8Array[];
  /** The shortest packet found whose run is wrong; undefined if there is none. */
  readonly finding: ProgramFuzzFinding | undefined;
}

/** A packet whose run is wrong. */
export interface ProgramFuzzFinding {
  readonly packet: Uint8Array;
  /** What `check` returned. */
  readonly text: string;
  /**
   * The index of the seed that was wrong as it was given; undefined if a change made it wrong. Then
   * `check` or `prepare` is often the cause: each run starts on the object as it was loaded.
   */
  readonly seed: number | undefined;
}

const SHORTEST = 14;
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x40, 0x45, 0x08, 0x86, 0xdd, 0x11, 0x06].map((byte) =>
  Uint8Array.of(byte),
);

/** A generator of Marsaglia: the same numbers from the same seed. */
class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}

/**
 * Runs a program on random changes of packets, and keeps those that reach new instructions or new ways
 * of jumps. The changes also write the constants that the programs compare with. Ends at the first run that is wrong, and shortens its packet.
 *
 * @param object - loaded with `coverage`.
 * @throws RangeError without seeds, and for an object that was loaded without `coverage`; and as
 *   {@link TestObject.run}.
 * @example
 * ```ts
 * const { finding } = fuzzProgram(object, {
 *   program: "filter",
 *   seeds: [packet([{ eth: {} }, { ipv4: { more: true } }, { udp: {} }])],
 *   check: ({ action }) => (action === "XDP_ABORTED" ? "the program aborted" : undefined),
 * });
 * ```
 */
export function fuzzProgram(object: TestObject, options: ProgramFuzzOptions): ProgramFuzzResult {
  const { seeds, runs = 10_000, seed = 1, largest = 1500 } = options;
  if (seeds.length === 0) throw new RangeError("fuzzProgram: seeds has no packet");
  const numbers = new Numbers(seed);
  const words = [...INTERESTING, ...constantsOf(object)];
  const corpus: Uint8Array[] = [];
  const reached = new Set<string>();
  for (let done = 0; done < runs; done++) {
    const given = seeds[done];
    const packet =
      given ?? changed(numbers, corpus.length > 0 ? corpus : seeds, words).slice(0, largest);
    const text = tryPacket(object, options, packet);
    if (text !== undefined) {
      const finding = shortened(object, options, packet, text);
      object.reset();
      return { runs: done + 1, corpus, finding: { ...finding, seed: given && done } };
    }
    const before = reached.size;
    for (const way of object.ways()) reached.add(way);
    if (reached.size > before) corpus.push(packet);
  }
  object.reset();
  return { runs, corpus, finding: undefined };
}

/** What the loaded programs compare with: a program may call another. */
function constantsOf({ object, collection }: TestObject): readonly Uint8Array[] {
  return [...collection.programs.values()].flatMap(({ spec }) =>
    comparedBytes(linkProgram(object, spec).insns),
  );
}

/** Returns what is wrong with the run on a packet. A refused packet is not wrong. */
function tryPacket(
  object: TestObject,
  { program, prepare, check }: ProgramFuzzOptions,
  packet: Uint8Array,
): string | undefined {
  const { type } = object.collection.program(program).spec;
  if (shortPacketText(type, packet) !== undefined) return undefined;
  object.reset();
  prepare?.(object);
  try {
    const run = object.run(program, { packet });
    if (run.instructions === undefined)
      throw new RangeError("fuzzProgram: load the object with { coverage: true }");
    return check(run, packet, object);
  } catch (error) {
    if (BpfError.is(error) && error.code === "EINVAL") return undefined;
    throw error;
  }
}

function changed(
  numbers: Numbers,
  corpus: readonly Uint8Array[],
  words: readonly Uint8Array[],
): Uint8Array {
  const one = (): Uint8Array => corpus[numbers.below(corpus.length)] as Uint8Array;
  let packet: Uint8Array = one().slice();
  for (let i = 1 + numbers.below(4); i > 0; i--) {
    const at = numbers.below(packet.length);
    const kind = numbers.below(5);
    if (kind === 0) packet[at] = (packet[at] ?? 0) ^ (1 << numbers.below(8));
    else if (kind === 1) packet = written(packet, words[numbers.below(words.length)], at);
    else if (kind === 2) packet[at] = numbers.below(256);
    else if (kind === 3) packet = packet.slice(0, Math.max(SHORTEST, at));
    else packet = spliced(packet, one(), at);
  }
  return packet;
}

/** Writes bytes over those of a packet, as far as it reaches. */
function written(packet: Uint8Array, word: Uint8Array | undefined, at: number): Uint8Array {
  packet.set(word?.subarray(0, packet.length - at) ?? [], at);
  return packet;
}

/** The beginning of one packet and the end of another. */
function spliced(first: Uint8Array, second: Uint8Array, at: number): Uint8Array {
  const tail = second.subarray(Math.min(at, second.length));
  const packet = new Uint8Array(Math.max(SHORTEST, at + tail.length));
  packet.set(first.subarray(0, at));
  packet.set(tail, at);
  return packet;
}

/** Cuts the packet and clears its bytes as long as its run is wrong. */
function shortened(
  object: TestObject,
  options: ProgramFuzzOptions,
  packet: Uint8Array,
  text: string,
): { readonly packet: Uint8Array; readonly text: string } {
  let best = { packet, text };
  const keep = (candidate: Uint8Array): boolean => {
    const found = tryPacket(object, options, candidate);
    if (found !== undefined) best = { packet: candidate, text: found };
    return found !== undefined;
  };
  for (let cut = best.packet.length >> 1; cut > 0; cut >>= 1)
    while (best.packet.length - cut >= SHORTEST && keep(best.packet.slice(0, -cut)));
  for (let at = 0; at < best.packet.length; at++) {
    if (best.packet[at] === 0) continue;
    keep(best.packet.map((byte, i) => (i === at ? 0 : byte)));
  }
  return best;
}
