// SPDX-License-Identifier: MIT
import { describe, expect, type TestContext, test } from "vitest";
import {
  Btf,
  encodeBtf,
  ObjectFormatError,
  parseObject,
  type ValueCodec,
  valueCodec,
} from "../src/index.ts";
import { compile } from "./clang.ts";

interface All {
  readonly bits: { readonly low: number; readonly high: number; readonly sign: number };
  readonly in_union: number;
  readonly fraction: number;
  readonly text: string;
  readonly pointer: bigint;
  readonly small: number;
  readonly big: bigint;
  readonly big_signed: bigint;
  readonly yes: boolean;
}

function all(context: TestContext): ValueCodec<Partial<All>> {
  const { btf } = parseObject(compile(context, "types"));
  const id = btf?.id("all", "STRUCT");
  if (btf === undefined || id === undefined) throw new Error("there is no struct all");
  return valueCodec(btf, id);
}

describe("valueCodec()", () => {
  test("decodes what it encoded, for all kinds of types", (context) => {
    const codec = all(context);
    const value = {
      bits: { low: 5, high: 0x1fff_ffff, sign: -3 },
      in_union: 0x3f800000,
      text: "hello, BPF",
      pointer: 0xffff_8880_0000_0001n,
      small: -1,
      big: 0x123456789abcdefn,
      big_signed: -0x123456789abcdefn,
      yes: true,
    };
    const bytes = codec.encode(value);
    expect(bytes.length).toBe(codec.size);
    expect([...bytes.subarray(0, 5)]).toEqual([0xfd, 0xff, 0xff, 0xff, 0xfd]);
    expect(codec.decode(bytes)).toMatchObject({ ...value, fraction: 1 });
  });

  test("omitted members are 0, or keep their value in the given bytes", (context) => {
    const codec = all(context);
    expect(codec.decode(codec.encode({}))).toMatchObject({ text: "", big: 0n, yes: false });
    const before = codec.encode({ text: "old", yes: true });
    expect(
      codec.decode(codec.encode({ bits: { low: 1, high: 2, sign: 3 } }, before)),
    ).toMatchObject({
      text: "old",
      yes: true,
      bits: { low: 1, high: 2, sign: 3 },
    });
  });

  test.each<[object, RegExp]>([
    [{ bits: { low: 8 } }, /^all\.bits\.low: 8 does not fit in 3 unsigned bits \(0 to 7\)$/],
    [
      { bits: { sign: 128 } },
      /^all\.bits\.sign: 128 does not fit in 8 signed bits \(-128 to 127\)$/,
    ],
    [{ small: 1.5 }, /^all\.small: expected an integer, got 1\.5 \(number\)$/],
    [{ pointer: "x" }, /^all\.pointer: expected a bigint, got x \(string\)$/],
    [{ yes: 1 }, /^all\.yes: expected a boolean/],
    [{ text: "far too long for it" }, /^all\.text: 19 bytes do not fit in 16$/],
    [{ tex: "" }, /^all\.tex: no such member; members are: bits, in_union, fraction, text,/],
    [{ bits: 7 }, /^all\.bits: expected an object, got 7 \(number\)$/],
  ])("an error names the member whose value does not fit: %j", (value, message) => {
    // Needs no compiler: the types are built here.
    const codec = handMade();
    expect(() => codec.encode(value as never)).toThrow(message);
    const named = () => codec.encode(value as never, undefined, "events[0]");
    expect(named).toThrow(new RegExp(message.source.replace("all", "events\\[0\\]")));
  });

  test("decodes a section of variables as an object", (context) => {
    const { btf } = parseObject(compile(context, "maps"));
    const id = btf?.id(".rodata", "DATASEC") ?? 0;
    if (btf === undefined) throw new Error("there is no BTF");
    const codec = valueCodec<{ fixed: number }>(btf, id);
    expect(codec.decode(codec.encode({ fixed: 7 }))).toEqual({ fixed: 7 });
  });

  test("refuses too few bytes", () => {
    expect(() => handMade().decode(new Uint8Array(3))).toThrow(/needs \d+ bytes, got 3/);
  });
});

/** The types that the error tests use, built without a compiler. */
function handMade(): ValueCodec<object> {
  const int = (name: string, size: number, signed: boolean, bool = false) =>
    ({ kind: "INT", name, size, signed, bool, char: false, bits: 8 * size, bitOffset: 0 }) as const;
  const member = (name: string, type: number, bitOffset: number, bitSize = 0) => ({
    name,
    type,
    bitOffset,
    bitSize,
  });
  const types = [
    int("unsigned int", 4, false), // 1
    int("signed char", 1, true), // 2
    int("int", 4, true), // 3
    int("char", 1, true), // 4
    int("_Bool", 1, false, true), // 5
    { kind: "PTR", name: "", type: 0 }, // 6
    { kind: "ARRAY", name: "", elementType: 4, indexType: 1, count: 16 }, // 7
    {
      kind: "STRUCT",
      name: "bits",
      size: 8,
      flag: true,
      members: [member("low", 1, 0, 3), member("high", 1, 3, 29), member("sign", 2, 32)],
    }, // 8
    { kind: "FLOAT", name: "float", size: 4 }, // 9
    {
      kind: "UNION",
      name: "",
      size: 4,
      flag: false,
      members: [member("in_union", 3, 0), member("fraction", 9, 0)],
    },
    {
      kind: "STRUCT",
      name: "all",
      size: 48,
      flag: false,
      members: [
        member("bits", 8, 0),
        member("", 10, 64),
        member("text", 7, 96),
        member("pointer", 6, 256),
        member("small", 3, 320),
        member("yes", 5, 352),
      ],
    }, // 11
  ] as const;
  return valueCodec(Btf.parse(encodeBtf(types as never)), 11);
}

describe("malformed types", () => {
  const codec = (types: readonly object[], id: number) => () =>
    valueCodec(Btf.parse(encodeBtf(types as never)), id);
  const struct = (size: number, members: readonly object[]) => ({
    kind: "STRUCT",
    name: "s",
    size,
    flag: false,
    members,
  });

  test("refuses a struct that contains itself, a member outside its struct, and a function", () => {
    const self = struct(8, [{ name: "x", type: 1, bitOffset: 0, bitSize: 0 }]);
    expect(codec([self], 1)).toThrow(ObjectFormatError);
    const anonymous = struct(8, [{ name: "", type: 1, bitOffset: 0, bitSize: 0 }]);
    expect(codec([anonymous], 1)).toThrow("anonymous structs are nested more than 32 deep");
    const int = {
      kind: "INT",
      name: "int",
      size: 4,
      bits: 32,
      bitOffset: 0,
      signed: true,
      bool: false,
      char: false,
    };
    const beyond = struct(2, [{ name: "x", type: 1, bitOffset: 0, bitSize: 0 }]);
    expect(codec([int, beyond], 2)).toThrow("member x reaches beyond the 2 bytes");
    expect(codec([{ kind: "FUNC_PROTO", name: "", returnType: 0, params: [] }], 1)).toThrow(
      "a FUNC_PROTO has no size",
    );
  });

  test.each([3, 16])("treats a boolean of %i bytes as bytes", (size) => {
    const bool = { kind: "INT", name: "b", size, bits: 8, bitOffset: 0, bool: true };
    const { decode, encode } = codec([{ ...bool, signed: false, char: false }], 1)();
    const bytes = Uint8Array.from({ length: size }, (_, i) => i);
    expect(decode(bytes)).toEqual(bytes);
    expect(encode(bytes)).toEqual(bytes);
    expect(() => encode(true)).toThrow("b: expected a Uint8Array, got true (boolean)");
  });

  test("refuses structs that expand exponentially", () => {
    const members = (type: number) =>
      Array.from({ length: 20 }, (_, m) => ({ name: `m${m}`, type, bitOffset: 0, bitSize: 0 }));
    const levels = Array.from({ length: 30 }, (_, i) => ({
      ...struct(0, []),
      members: members(i + 2),
    }));
    expect(codec([...levels, struct(0, [])], 1)).toThrow("more than 16777216 values in the type");
    const hidden = levels.map(({ members: all, ...rest }) => {
      return { ...rest, members: all.map((one) => ({ ...one, name: "" })) };
    });
    expect(codec([...hidden, struct(0, [])], 1)).toThrow("more than 65536 members");
  });
});
