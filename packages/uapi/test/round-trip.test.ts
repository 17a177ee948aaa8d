// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attrLayout,
  BpfCmd,
  type BpfCmdName,
  type Field,
  kernelReleases,
  type Layout,
  releaseCode,
  type StructName,
  structLayout,
} from "../src/index.ts";

/** Values of a field, with the result of decoding each. */
function values(field: Field): fc.Arbitrary<readonly [given: unknown, read: unknown]> {
  if (field.type === "ptr") {
    return fc.constantFrom<readonly [unknown, unknown]>(
      [null, 0n],
      ["text", 0n],
      [new Uint8Array(3), 0n],
    );
  }
  if (field.type === "char") {
    return fc.stringMatching(new RegExp(`^[a-zA-Z0-9_.]{0,${field.size}}$`)).map((s) => [s, s]);
  }
  if (field.count !== undefined && field.type === "u8") {
    return fc.uint8Array({ minLength: field.size, maxLength: field.size }).map((b) => [b, b]);
  }
  const one = numbers(field);
  if (field.count !== undefined) {
    return fc.array(one, { minLength: field.count, maxLength: field.count }).map((a) => [a, a]);
  }
  return one.map((n) => [n, n]);
}

function numbers(field: Field): fc.Arbitrary<number | bigint> {
  const width = BigInt(field.bits?.width ?? (field.size / (field.count ?? 1)) * 8);
  const signed = field.type.startsWith("s");
  const min = signed ? -(1n << (width - 1n)) : 0n;
  const max = signed ? (1n << (width - 1n)) - 1n : (1n << width) - 1n;
  const wide = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max));
  return width === 64n ? wide : wide.map(Number);
}

function overlap(a: Field, b: Field): boolean {
  if (a.bits !== undefined && b.bits !== undefined)
    return a.bits.shift === b.bits.shift && a.offset === b.offset;
  return a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

/** Fields of a layout that do not overlap, in any order. */
function subset(fields: readonly Field[]): fc.Arbitrary<Field[]> {
  return fc
    .shuffledSubarray([...fields])
    .map((some) => some.filter((f, i) => !some.slice(0, i).some((g) => overlap(f, g))));
}

function roundTrip(layout: Layout<object>): void {
  const cases = subset(layout.fields).chain((fields) =>
    fc.tuple(...fields.map((f) => values(f).map((v) => [f, v] as const))),
  );
  fc.assert(
    fc.property(cases, (chosen) => {
      const given = Object.fromEntries(chosen.map(([f, [value]]) => [f.name, value]));
      const { bytes, pointers } = layout.encode(given);
      expect(bytes.length).toBe(layout.size);
      const read = layout.decode(bytes) as Record<string, unknown>;
      for (const [f, [, want]] of chosen) expect(read[f.name]).toEqual(want);
      const slots = chosen.filter(([f, [v]]) => f.type === "ptr" && v !== null);
      expect(pointers).toEqual(slots.map(([f, [v]]) => ({ offset: f.offset, to: v })));
      const touched = new Set(
        chosen.flatMap(([f]) => [...Array(f.size).keys()].map((i) => f.offset + i)),
      );
      expect([...bytes.keys()].filter((i) => bytes[i] !== 0 && !touched.has(i))).toEqual([]);
    }),
    { numRuns: 40 },
  );
}

describe.each(kernelReleases)("decoding returns what was encoded, %s", (release) => {
  const attrs = (Object.keys(BpfCmd) as BpfCmdName[]).flatMap((cmd) => {
    try {
      return [attrLayout(cmd, release) as Layout<object>];
    } catch {
      return [];
    }
  });

  it("has a layout for every command of the release", () => {
    const code = releaseCode(release);
    const commands = code >= 7000 ? 40 : code >= 6017 ? 39 : 38;
    expect(attrs.length).toBe(commands);
  });

  it.each(attrs.map((l) => [l.name, l] as const))("%s", (_, layout) => {
    roundTrip(layout);
    expect(layout.fields.every((f) => f.offset + f.size <= layout.size)).toBe(true);
  });
});

describe("decoding returns what was encoded", () => {
  const names: readonly StructName[] = [
    "bpf_insn",
    "bpf_token_info",
    "bpf_map_info",
    "bpf_prog_info",
    "bpf_btf_info",
    "stat",
    "statfs",
    "open_how",
    "rlimit64",
    "cap_header",
    "cap_data",
  ];
  it.each(names)("%s", (name) => {
    roundTrip(structLayout(name) as Layout<object>);
    expect(structLayout(name).fields.length).toBeGreaterThan(1);
  });
});
