// SPDX-License-Identifier: MIT
import { bpf } from "@bpf-token/syscall";
import { BAD_ADDRESS, BPF_F, type BtfLoadAttr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import {
  type Case,
  capabilitySets,
  closing,
  expectAgreement,
  type Known,
  makeTasks,
  randomNumbers,
  type Tasks,
  taskOf,
} from "./matrix-pair.ts";

const HEADER = 24;
const strings = "\0int\0s\0f\0a\0b\0e\0x\0";

/** Types of nearly every kind, as words of the BTF format. Names are offsets in `strings`. */
const types: readonly number[] = [
  ...[1, 1 << 24, 4, (1 << 24) | 32], // 1: signed int of 32 bits
  ...[0, 2 << 24, 1], // 2: pointer to 1
  ...[0, 3 << 24, 0, 1, 1, 4], // 3: array of four 1
  ...[5, (4 << 24) | 2, 12, 9, 1, 0, 11, 2, 32], // 4: struct with two members
  ...[5, (5 << 24) | 1, 4, 9, 1, 0], // 5: union
  ...[13, (6 << 24) | 1, 4, 15, 7], // 6: enum
  ...[5, 7 << 24, 0], // 7: forward
  ...[7, 8 << 24, 1], // 8: typedef
  ...[0, 9 << 24, 1], // 9: volatile
  ...[0, 10 << 24, 1], // 10: const
  ...[0, 11 << 24, 2], // 11: restrict
  ...[0, (13 << 24) | 1, 1, 9, 1], // 12: prototype
  ...[7, 12 << 24, 12], // 13: function
  ...[9, 14 << 24, 1, 0], // 14: variable
  ...[11, (15 << 24) | 1, 4, 14, 0, 4], // 15: section
  ...[13, 16 << 24, 4], // 16: float
  ...[9, 17 << 24, 4, 0xffffffff], // 17: declaration tag
  ...[9, 18 << 24, 1], // 18: type tag
  ...[13, (19 << 24) | 1, 8, 15, 7, 1], // 19: enum of 64 bits
];

interface Header {
  magic?: number;
  version?: number;
  flags?: number;
  length?: number;
  typeOff?: number;
  typeLen?: number;
  strOff?: number;
  strLen?: number;
}

/** Builds a BTF object from words and strings, with a header that may be wrong. */
function btf(words: readonly number[] = types, text = strings, lies: Header = {}): Uint8Array {
  const bytes = new Uint8Array(HEADER + words.length * 4 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, lies.magic ?? 0xeb9f, true);
  view.setUint8(2, lies.version ?? 1);
  view.setUint8(3, lies.flags ?? 0);
  const lengths = [lies.typeOff ?? 0, lies.typeLen ?? words.length * 4];
  const rest = [lies.strOff ?? words.length * 4, lies.strLen ?? text.length];
  [lies.length ?? HEADER, ...lengths, ...rest].forEach((word, i) => {
    view.setUint32(4 + i * 4, word, true);
  });
  words.forEach((word, i) => {
    view.setUint32(HEADER + i * 4, word, true);
  });
  bytes.set(new TextEncoder().encode(text), HEADER + words.length * 4);
  return bytes;
}

type Attr = Partial<BtfLoadAttr>;
const of = (bytes: Uint8Array): Attr => ({ btf: { bytes, dir: "in" }, btf_size: bytes.length });
const good = btf();

const near = [0, 1, 4, 8, 12, 20, 23, 24, 25, 28, 32, 100, 300, 0x7fffffff, 0xffffffff];
const headers: readonly Header[] = [
  ...[0, 0x9feb, 0xeb9e, 0xffff].map((magic) => ({ magic })),
  ...[0, 2, 255].map((version) => ({ version })),
  ...[1, 128, 255].map((flags) => ({ flags })),
  ...near.map((length) => ({ length })),
  ...near.flatMap((n) => [{ typeOff: n }, { typeLen: n }, { strOff: n }, { strLen: n }]),
  ...[0, 1, 4, -1, -4].map((n) => ({ strOff: types.length * 4 + n })),
  ...[0, 1, -1].map((n) => ({ strLen: strings.length + n })),
  { magic: 0, version: 0, flags: 1 },
  { version: 0, flags: 1, length: 1 },
  { typeLen: 0, strOff: 0 },
];

const variants: Readonly<Record<string, Attr>> = {
  good: of(good),
  empty: of(btf([])),
  "one int": of(btf([1, 1 << 24, 4, 32], "\0int\0")),
  "no strings": of(btf([1, 1 << 24, 4, 32], "")),
  "strings without end": of(btf([1, 1 << 24, 4, 32], "\0int")),
  "strings without start": of(btf([1, 1 << 24, 4, 32], "int\0")),
  ...Object.fromEntries(
    headers.map((lie) => [`header ${JSON.stringify(lie)}`, of(btf(types, strings, lie))]),
  ),
  ...Object.fromEntries(near.slice(0, 12).map((n) => [`cut to ${n}`, of(good.subarray(0, n))])),
  ...Object.fromEntries(
    [1, 2, 3, 4, 16].map((n) => [`short of ${n}`, of(good.subarray(0, good.length - n))]),
  ),
  "longer than btf_size": { ...of(good), btf_size: good.length - 1 },
  "shorter than btf_size": { ...of(good), btf_size: good.length + 1 },
  "size 0": { ...of(good), btf_size: 0 },
  "size 16M": { ...of(good), btf_size: 16 << 20 },
  "size 16M and 1": { ...of(good), btf_size: (16 << 20) + 1 },
  "size huge": { ...of(good), btf_size: 0xffffffff },
  "bad pointer": { btf: BAD_ADDRESS, btf_size: 64 },
  "null pointer": { btf: null, btf_size: 64 },
  "null, size 0": {},
  "log level": { ...of(good), btf_log_level: 1 },
  "log level 8": { ...of(good), btf_log_level: 8 },
  "log buffer": {
    ...of(good),
    btf_log_level: 1,
    btf_log_buf: new Uint8Array(128),
    btf_log_size: 128,
  },
  "log without level": { ...of(good), btf_log_buf: new Uint8Array(128), btf_log_size: 128 },
  "log without size": { ...of(good), btf_log_level: 1, btf_log_buf: new Uint8Array(128) },
  "log without buffer": { ...of(good), btf_log_level: 1, btf_log_size: 128 },
  "log bad": { ...of(good), btf_log_level: 1, btf_log_buf: BAD_ADDRESS, btf_log_size: 128 },
  "log small": { ...of(good), btf_log_level: 1, btf_log_buf: new Uint8Array(1), btf_log_size: 1 },
  ...Object.fromEntries(
    Array.from({ length: 32 }, (_, bit) => [
      `flag ${bit}`,
      { ...of(good), btf_flags: (1 << bit) >>> 0 },
    ]),
  ),
  "token fd without flag": { ...of(good), btf_token_fd: 99 },
  ...Object.fromEntries(
    [-1, 0, 99, 20, 21].map((fd) => [
      `token fd ${fd}`,
      { ...of(good), btf_flags: BPF_F.TOKEN_FD, btf_token_fd: fd },
    ]),
  ),
  "token and other flag": { ...of(good), btf_flags: BPF_F.TOKEN_FD | 1, btf_token_fd: 99 },
  "token, bad pointer": {
    btf: BAD_ADDRESS,
    btf_size: 64,
    btf_flags: BPF_F.TOKEN_FD,
    btf_token_fd: 20,
  },
};

const ask = (who: string, label: string, attr: Attr): Case<Tasks> => ({
  label: `${who}, ${label}`,
  ask: (world) => {
    const task = taskOf(world, who);
    return closing(task, bpf(task, "BTF_LOAD", attr));
  },
});

/** Objects with a few wrong words or bytes, which make types contradict each other. */
function mutants(count: number, seed: number): [string, Attr][] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, n) => {
    const words = [...types];
    const changes = Array.from({ length: 1 + random(2) }, () => {
      const at = random(words.length);
      const value =
        [random(24), random(32) << 24, (random(24) << 24) | random(4), words[at] ?? 0][random(4)] ??
        0;
      words[at] = (random(4) === 0 ? value | 0x80000000 : value) >>> 0;
      return `word ${at} = 0x${words[at].toString(16)}`;
    });
    return [`mutant ${n}: ${changes.join("; ")}`, of(btf(words))];
  });
}

/** Objects with one or two types: every kind with several lengths, sizes and flags. */
function small(): [string, Attr][] {
  const all: [string, Attr][] = [];
  const int = [1, 1 << 24, 4, 32];
  for (let kind = 0; kind < 24; kind++)
    for (const vlen of [0, 1, 2])
      for (const flag of [0, 0x80000000])
        for (const name of [0, 1, 99])
          for (const size of [0, 1, 2, 3, 4, 8, 16])
            for (const rest of [0, 1, 2, 3, 4, 6]) {
              const tail = [...[1, 1, 0, 1, 1, 32].slice(0, rest)];
              const words = [...int, name, (flag | (kind << 24) | vlen) >>> 0, size, ...tail];
              all.push([
                `kind ${kind}, vlen ${vlen}, flag ${flag}, name ${name}, size ${size}, rest ${rest}`,
                of(btf(words)),
              ]);
            }
  return all;
}

const log: Known = {
  match: /, log (buffer|small|bad): model \d+, real (ENOSPC|EFAULT)$/,
  why: "the model writes no log, so it does not notice a log that does not fit or cannot be written",
};
const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("BTF_LOAD on model and running kernel", { timeout: 600_000 }, () => {
    test("headers, sizes, pointers, flags and tokens, with every set of capabilities", () => {
      const who = ["host", "app"].flatMap((user) =>
        Object.keys(capabilitySets).map((set) => `${user}/${set}`),
      );
      const cases = who.flatMap((w) =>
        Object.entries(variants).map(([label, attr]) => ask(w, label, attr)),
      );
      expectAgreement("BTF_LOAD: attributes", makeTasks, cases, [log]);
    });

    test("invalid types", () => {
      const cases = [...mutants(20000, 20251125), ...small()].map(([label, attr]) =>
        ask("host/all", label, attr),
      );
      expectAgreement("BTF_LOAD: types", makeTasks, cases);
    });
  });
