// SPDX-License-Identifier: MIT
// Damages what a loader passes to bpf(2): instructions, BTF, and the attr itself.

const PROG_LOAD = 5;
const INSN = 8;
/** Offset of the pointer to the instructions, and of the pointer to the log, in PROG_LOAD. */
const INSNS = 8;
const LOG = 32;

/** Values at which sizes, offsets and ids are likely to fail. */
const edges = [0, 1, 2, 7, 8, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
/** Operations of each class of instructions: ALU, jumps, loads, stores, atomics, may_goto. */
const codes = [
  ...[0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x57, 0x5f, 0x67, 0x6f, 0x77],
  ...[0x7f, 0x87, 0x97, 0x9f, 0xa7, 0xaf, 0xb7, 0xbf, 0xc7, 0xcf, 0xd4, 0xdc, 0xd7, 0x04, 0x0c],
  ...[0x05, 0x06, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x45, 0x55, 0x5d, 0x65, 0x75, 0x85, 0x95, 0xa5],
  ...[0xb5, 0xc5, 0xd5, 0xe5, 0x16, 0x1e, 0x26, 0x18, 0x20, 0x30, 0x40, 0x48, 0x61, 0x69, 0x71],
  ...[0x79, 0x81, 0x89, 0x91, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b, 0xc3, 0xdb],
];

/** Changes some instructions: their parts, their order and their number. */
export function damageInsns(bytes, random) {
  const broken = bytes.slice();
  const view = new DataView(broken.buffer);
  const count = Math.floor(broken.length / INSN);
  if (count === 0) return broken;
  for (let left = 1 + random(4); left > 0; left--) {
    const at = INSN * random(count);
    switch (random(8)) {
      case 0:
        broken[at] = codes[random(codes.length)];
        break;
      case 1:
        broken[at + 1] = random(11) | (random(11) << 4);
        break;
      case 2:
        view.setInt16(at + 2, random(64) - 32, true);
        break;
      case 3:
        view.setUint32(at + 4, edges[random(edges.length)], true);
        break;
      case 4:
        // A helper or a small constant.
        view.setUint32(at + 4, random(256), true);
        break;
      case 5:
        broken.copyWithin(at, INSN * random(count), INSN * random(count));
        break;
      case 6:
        broken.set([codes[random(codes.length)], random(11) | (random(11) << 4)], at);
        view.setInt16(at + 2, random(16) - 8, true);
        view.setUint32(at + 4, random(512), true);
        break;
      default:
        broken[at + random(INSN)] ^= 1 << random(8);
    }
  }
  return broken;
}

/** Changes some words: records of BTF and of attr have such fields. */
export function damageWords(bytes, random) {
  const broken = bytes.slice();
  const view = new DataView(broken.buffer);
  const words = Math.floor(broken.length / 4);
  if (words === 0) return broken;
  for (let left = 1 + random(3); left > 0; left--) {
    const at = 4 * random(words);
    switch (random(5)) {
      case 0:
        view.setUint32(at, edges[random(edges.length)], true);
        break;
      case 1:
        view.setUint32(at, view.getUint32(at, true) + random(9) - 4, true);
        break;
      case 2:
        view.setUint32(at, random(64), true);
        break;
      case 3:
        broken.copyWithin(at, 4 * random(words), 4 * random(words));
        break;
      default:
        broken[at + random(4)] ^= 1 << random(8);
    }
  }
  return broken;
}

/**
 * A copy of a call with damage: `insns` changes the instructions of a program, `memory` what else the
 * attr points to, `attr` its own words.
 */
export function damageCall(kind, cmd, attr, random) {
  const { bytes, pointers = [] } = attr;
  if (kind === "attr") return { bytes: damageWords(bytes, random), pointers };
  const isInsns = kind === "insns";
  const chosen = pointers.filter(({ offset, to }) => {
    if (to.bytes === undefined || (cmd === PROG_LOAD && offset === LOG)) return false;
    return (cmd === PROG_LOAD && offset === INSNS) === isInsns;
  });
  if (chosen.length === 0) return attr;
  const one = chosen[random(chosen.length)];
  const change = isInsns ? damageInsns : damageWords;
  const to = { ...one.to, bytes: change(one.to.bytes, random) };
  return { ...attr, pointers: pointers.map((each) => (each === one ? { ...one, to } : each)) };
}

/** Whether the call has what this kind of damage changes. */
export function isOfKind({ cmd, attr }, kind) {
  if (kind === "attr") return true;
  return kind === "insns" ? cmd === PROG_LOAD : attr.pointers?.some(({ to }) => to.bytes) === true;
}
