// SPDX-License-Identifier: MIT

const HEADER = { magic: 0, length: 4, types: 8, strings: 16 } as const;
const MAGIC = 0xeb9f;
const FUNC = 12;
/** The widths of Linux 7.2. Older kernels have zeros in the additional bits. */
const KIND_MASK = 0x7f;
const VLEN_MASK = 0xffffff;

/** Bytes after the 12-byte header of each type, by kind; `each` counts per member. */
const tails: Readonly<Record<number, { readonly once?: number; readonly each?: number }>> = {
  1: { once: 4 },
  3: { once: 12 },
  4: { each: 12 },
  5: { each: 12 },
  6: { each: 8 },
  13: { each: 8 },
  14: { once: 4 },
  15: { each: 12 },
  17: { once: 4 },
  19: { each: 12 },
};

/** A type of BTF: its kind as a number, and its name. */
export interface BtfType {
  readonly kind: number;
  readonly name: string;
}

/**
 * Returns the BTF id of a kernel function.
 *
 * @throws RangeError if there is no such function, or the bytes are not BTF.
 */
export function findFunction(btf: Uint8Array, name: string): number {
  const wanted = stringOffset(strings(btf), name);
  for (const { id, kind, nameAt } of types(btf)) {
    if (kind === FUNC && nameAt === wanted) return id;
  }
  throw new RangeError(`the kernel has no function ${name}`);
}

/**
 * Returns the type with an id; undefined if there is none.
 *
 * @throws RangeError if the bytes are not BTF.
 */
export function readType(btf: Uint8Array, wanted: number): BtfType | undefined {
  for (const { id, kind, nameAt } of types(btf)) {
    if (id !== wanted) continue;
    const text = strings(btf);
    return { kind, name: Buffer.from(text.subarray(nameAt, text.indexOf(0, nameAt))).toString() };
  }
  return undefined;
}

function* types(btf: Uint8Array) {
  const view = new DataView(btf.buffer, btf.byteOffset, btf.byteLength);
  const word = (at: number): number => view.getUint32(at, true);
  if (btf.length < 24 || view.getUint16(HEADER.magic, true) !== MAGIC) {
    throw new RangeError("the kernel's BTF has no valid header");
  }
  const start = word(HEADER.length) + word(HEADER.types);
  const end = start + word(HEADER.types + 4);
  for (let at = start, id = 1; at < end; id++) {
    const info = word(at + 4);
    const kind = (info >>> 24) & KIND_MASK;
    yield { id, kind, nameAt: word(at) };
    const { once = 0, each = 0 } = tails[kind] ?? {};
    at += 12 + once + each * (info & VLEN_MASK);
  }
}

function strings(btf: Uint8Array): Uint8Array {
  const view = new DataView(btf.buffer, btf.byteOffset, btf.byteLength);
  if (btf.length < 24) throw new RangeError("the kernel's BTF has no valid header");
  return btf.subarray(view.getUint32(HEADER.length, true) + view.getUint32(HEADER.strings, true));
}

/** Each string appears once. */
function stringOffset(strings: Uint8Array, name: string): number {
  const at = Buffer.from(strings.buffer, strings.byteOffset, strings.length).indexOf(
    `\0${name}\0`,
    0,
    "latin1",
  );
  return at < 0 ? -1 : at + 1;
}
