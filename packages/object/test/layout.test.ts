// SPDX-License-Identifier: MIT
// BTF since Linux 7.1 (layout section) and 7.2 (7-bit kinds, 24-bit vlen).
import { describe, expect, test } from "vitest";
import { BtfEditor, concat, joinBtf, words } from "../src/btf/editor.ts";
import {
  allBtfFeatures,
  Btf,
  type BtfType,
  encodeBtf,
  ObjectFormatError,
  sanitiseBtf,
  sizeOfType,
} from "../src/index.ts";
import { int } from "./int-type.ts";

const pair: BtfType = {
  kind: "STRUCT",
  name: "pair",
  size: 8,
  flag: false,
  members: ["first", "second"].map((name, i) => {
    return { name, type: 1, bitOffset: 32 * i, bitSize: 0 };
  }),
};

/** Returns the error of parsing as `SECTION+0xOFFSET: REASON`. */
function complaint(raw: Uint8Array): string {
  try {
    Btf.parse(raw);
  } catch (error) {
    if (error instanceof ObjectFormatError) return error.message;
    throw error;
  }
  return "nothing";
}

/** Changes numbers of the header by their offsets. */
function patched(raw: Uint8Array, numbers: Readonly<Record<number, number>>): Uint8Array {
  const copy = raw.slice();
  const view = new DataView(copy.buffer);
  for (const [at, number] of Object.entries(numbers)) view.setUint32(Number(at), number, true);
  return copy;
}

const HEADER = { size: 4, layout: 24, layoutSize: 28 };
const withLayout = encodeBtf([int, pair], { layout: true });

describe("a layout section", () => {
  test("is encoded between types and strings, and parsed", () => {
    const btf = Btf.parse(withLayout);
    expect([btf.type(1), btf.type(2)]).toEqual([int, pair]);
    expect(btf.layout).toHaveLength(20);
    expect(btf.layout?.[1]).toEqual({ fixed: 4, each: 0 });
    expect(btf.layout?.[4]).toEqual({ fixed: 0, each: 12 });
    const view = new DataView(withLayout.buffer);
    const at = (offset: number) => view.getUint32(offset, true);
    expect([at(4), at(24), at(28), at(16)]).toEqual([32, at(12), 80, at(12) + 80]);
  });

  test("is absent without the option, in a long header of zeros, and in a header of 28 bytes", () => {
    const short = encodeBtf([int]);
    expect([short[4], Btf.parse(short).layout]).toEqual([24, undefined]);
    const lengthened = (size: number, ...rest: number[]) => {
      const header = patched(short, { [HEADER.size]: size }).subarray(0, 24);
      return Btf.parse(concat([header, words(rest), short.subarray(24)]));
    };
    for (const btf of [lengthened(32, 0, 0), lengthened(28, 4), lengthened(40, 0, 0, 0, 0)]) {
      expect([btf.layout, btf.type(1)]).toEqual([undefined, int]);
    }
  });

  test("survives additions, and is removed for kernels before 7.1", () => {
    const btf = Btf.parse(withLayout);
    const editor = new BtfEditor(btf);
    editor.addType(editor.addString("more"), "INT", 0, 1, 8);
    const larger = editor.finish();
    expect([larger.name(3), larger.type(2), larger.layout]).toEqual(["more", pair, btf.layout]);
    const older = sanitiseBtf(btf, { ...allBtfFeatures, layout: false });
    expect(older.raw).toEqual(encodeBtf([int, pair]));
    expect(sanitiseBtf(btf, allBtfFeatures)).toBe(btf);
    const plain = encodeBtf([int, pair]);
    expect(sanitiseBtf(Btf.parse(plain), { ...allBtfFeatures, layout: false }).raw).toEqual(plain);
  });

  test.each<[string, Readonly<Record<number, number>>, string]>([
    [
      "that is not aligned",
      { [HEADER.layout]: 54 },
      ".BTF+0x18: the layout section begins at 54, which is not a multiple of 4",
    ],
    [
      "with half an entry",
      { [HEADER.layoutSize]: 78 },
      ".BTF+0x1c: the layout section of 78 bytes does not have whole entries",
    ],
    ["over the types", { [HEADER.layout]: 48 }, ".BTF+0x18: the layout section overlaps the types"],
    [
      "over the strings",
      { [HEADER.layoutSize]: 84 },
      ".BTF+0x18: the layout section overlaps the strings",
    ],
    [
      "beyond the end",
      { [HEADER.layout]: 0x7fff_fffc },
      "the layout section of 80 bytes exceeds the section's",
    ],
  ])("%s is refused", (_, numbers, reason) => {
    expect(complaint(patched(withLayout, numbers))).toContain(reason);
  });
});

test("refuses every truncation of BTF with a layout section", () => {
  for (let length = 0; length < withLayout.length; length++) {
    expect(complaint(withLayout.subarray(0, length))).toMatch(/^\.BTF\+0x/);
  }
});

test("refuses a header with unknown fields that are not zero", () => {
  const long = concat([
    patched(encodeBtf([int]), { [HEADER.size]: 40 }).subarray(0, 24),
    words([0, 0, 0, 7]),
    encodeBtf([int]).subarray(24),
  ]);
  expect(complaint(long)).toMatch(/^\.BTF\+0x24: the header of 40 bytes has unknown fields/);
  const cut = patched(encodeBtf([int]), { [HEADER.size]: 999 });
  expect(complaint(cut)).toContain("the header of 999 bytes exceeds the section's");
});

/** A type of kind `kind` with one fixed word and two parts of two words, between known types. */
function withUnknownKind(kind: number, layout?: Uint8Array): Uint8Array {
  const known = encodeBtf([int]);
  const view = new DataView(known.buffer);
  const [size, strings] = [view.getUint32(12, true), view.getUint32(16, true)];
  const types = known.subarray(24, 24 + size);
  const info = ((kind << 24) | 2) >>> 0;
  const unknown = words([1, info, 0, 7, ...[1, 2], ...[3, 4]]);
  const after = words([0, 2 << 24, 1]);
  return joinBtf(concat([types, unknown, after]), known.subarray(24 + strings), layout);
}

/** A layout section whose only entry with sizes is that of kind `kind`. */
function layoutFor(kind: number, fixed: number, each: number): Uint8Array {
  const entries = new Uint8Array(4 * (kind + 1));
  entries.set([fixed, each], 4 * kind);
  return entries;
}

describe("a type of an unknown kind", () => {
  test.each([20, 31, 32, 127])("%i is skipped by the sizes of the layout section", (kind) => {
    const btf = Btf.parse(withUnknownKind(kind, layoutFor(kind, 4, 8)));
    expect(btf.endId).toBe(4);
    expect([btf.kind(1), btf.kind(2), btf.kind(3)]).toEqual(["INT", "UNKNOWN", "PTR"]);
    expect(btf.type(2)).toEqual({ kind: "UNKNOWN", name: "int", number: kind });
    expect(btf.type(3)).toEqual({ kind: "PTR", name: "", type: 1 });
    expect(btf.idsOf("int")).toEqual([1]);
    expect(() => sizeOfType(btf, 2)).toThrow("a UNKNOWN has no size");
    expect(() => encodeBtf([btf.type(2)])).toThrow(`BTF kind ${kind} has no encoding`);
  });

  test("may be described by the base of split BTF", () => {
    const base = Btf.parse(joinBtf(new Uint8Array(), new Uint8Array(1), layoutFor(20, 4, 8)));
    const raw = withUnknownKind(20);
    expect(Btf.parse(raw, { base }).kind(2)).toBe("UNKNOWN");
    expect(complaint(raw)).toBe(".BTF+0x10: unknown BTF kind 20");
  });

  test("is refused without usable sizes", () => {
    expect(complaint(withUnknownKind(20, layoutFor(19, 0, 12)))).toBe(
      ".BTF+0x10: unknown BTF kind 20, which the layout section does not describe either",
    );
    expect(complaint(withUnknownKind(20, layoutFor(20, 3, 8)))).toBe(
      ".BTF+0x10: unknown BTF kind 20: the layout section has sizes of 3 and 8 bytes, which are not multiples of 4",
    );
    expect(complaint(withUnknownKind(0, layoutFor(0, 4, 8)))).toContain("unknown BTF kind 0");
    expect(complaint(withUnknownKind(20, layoutFor(20, 4, 252)))).toContain("a type is cut off");
  });
});

describe("more than 65,535 parts", () => {
  const values = (count: number): BtfType => {
    const all = Array.from({ length: count }, (_, i) => ({ name: "v", value: BigInt(i) }));
    return { kind: "ENUM", name: "many", size: 4, signed: false, values: all };
  };

  test("are encoded and decoded", () => {
    const btf = Btf.parse(encodeBtf([values(70_000), int]));
    const type = btf.type(1);
    expect(type.kind === "ENUM" && type.values.length).toBe(70_000);
    expect(type.kind === "ENUM" && type.values.at(-1)).toEqual({ name: "v", value: 69_999n });
    expect(btf.type(2)).toEqual(int);
  });

  test("do not fit beyond 24 bits", () => {
    const params = { length: 0x100_0000, flatMap: () => [] } as unknown as [];
    const proto: BtfType = { kind: "FUNC_PROTO", name: "f", returnType: 0, params };
    expect(() => encodeBtf([proto])).toThrow(
      "type 'f' has 16777216 parts; BTF has room for 16777215",
    );
  });
});
