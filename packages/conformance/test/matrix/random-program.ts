// SPDX-License-Identifier: MIT
import { insn } from "@bpf-token/uapi";

/** File descriptors in the programs: maps, and invalid ones. */
export const mapFds = { array: 30, many: 31, hash: 32, sockmap: 33 } as const;

type Random = (bound: number) => number;

function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[random(items.length)] ?? items[0];
}

const registers = [0, 1, 2, 3, 6, 10, 10, 11, 0, 2] as const;
const offsets = [0, 0, 1, -1, 2, -2, 3, -8, -16, -4, -512, -520, 8] as const;
const constants = [0, 0, 1, 2, -1, 16, 32, 33, 64, 5, 7, 35, 118, 212, 0xff, 0x40, 0xe1] as const;
const codes = [
  ...[0x07, 0x0f, 0x04, 0x0c, 0x37, 0x3f, 0x34, 0x67, 0x6f, 0x64, 0x77, 0x97, 0xc7, 0x87, 0x84],
  ...[0xb7, 0xbf, 0xb4, 0xbc, 0xb7, 0xbf, 0xd4, 0xdc, 0xd7, 0xa7, 0x57],
  ...[0x61, 0x69, 0x71, 0x79, 0x81, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b, 0xdb, 0xc3],
  ...[0x05, 0x06, 0x15, 0x1d, 0x16, 0x1e, 0xa5, 0xdd, 0xe5, 0x85, 0x85, 0x95, 0x20, 0x48],
] as const;

/** Generates an instruction, usually a valid one. */
function drawInsn(random: Random): Uint8Array {
  const kind = random(12);
  if (kind === 0) return insn(random(256), random(16), random(16), random(7) - 3, random(70) - 1);
  if (kind <= 2) return wide(random);
  if (kind === 3) return insn(0xb7, pick(random, registers), 0, 0, pick(random, constants));
  const code = pick(random, codes);
  const tidy = random(4) > 0;
  const register = (code & 7) === 4 || (code & 7) >= 5 ? (code & 8) !== 0 : true;
  const src = tidy && !register ? 0 : pick(random, registers);
  const off = tidy && [4, 7].includes(code & 7) ? 0 : pick(random, offsets);
  const imm = tidy && register && (code & 7) !== 2 ? 0 : pick(random, constants);
  return insn(code, code === 0x85 && tidy ? 0 : pick(random, registers), src, off, imm);
}

/** Generates a 64-bit constant or a map reference, usually with two valid halves. */
function wide(random: Random): Uint8Array {
  const src = pick(random, [0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7]);
  const fd = pick(random, [mapFds.array, mapFds.many, mapFds.hash, mapFds.sockmap, 20, 99, 1]);
  const first = insn(0x18, pick(random, registers), src, random(8) ? 0 : 1, fd);
  const second = insn(
    random(10) ? 0 : 0xb7,
    random(10) ? 0 : 1,
    0,
    0,
    random(3) ? 0 : pick(random, constants),
  );
  return new Uint8Array(Buffer.concat(random(20) ? [first, second] : [first]));
}

/** Generates a short program, usually one that ends with an exit. */
export function drawProgram(random: Random): Uint8Array {
  const parts = random(3) ? [insn(0xb7)] : [];
  for (let n = random(6); n >= 0; n--) parts.push(drawInsn(random));
  if (random(8)) parts.push(insn(0x95));
  return new Uint8Array(Buffer.concat(parts));
}
