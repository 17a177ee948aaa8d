// SPDX-License-Identifier: MIT
// BTF with a layout section (since 7.1), and with more than 65,535 parts (since 7.2).
import { Btf, type BtfType, encodeBtf, parseObject } from "@bpf-token/object";
import { bpf, raw, type Task } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { Collection } from "../../src/index.ts";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";

const int: BtfType = {
  kind: "INT",
  name: "int",
  size: 4,
  bits: 32,
  bitOffset: 0,
  signed: true,
  char: false,
  bool: false,
};

function many(count: number): BtfType {
  const values = Array.from({ length: count }, (_, i) => ({ name: `v${i}`, value: BigInt(i) }));
  return { kind: "ENUM", name: "many", size: 4, signed: false, values };
}

/** Loads BTF, and returns the error, or 0. */
function loadBtf(task: Task, btf: Uint8Array): number {
  const ret = bpf(task, "BTF_LOAD", { btf: { bytes: btf, dir: "in" }, btf_size: btf.length });
  if (ret < 0) return ret;
  raw.close(task, ret);
  return 0;
}

/** Changes a 32-bit number. */
function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
}

const withLayout = encodeBtf([int], { layout: true });

/** Adds a layout section to the BTF of a compiler, and keeps the offsets of strings. */
function lengthened(raw: Uint8Array): Uint8Array {
  const number = (bytes: Uint8Array, at: number): number =>
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  const [size, strings] = [number(raw, 12), number(raw, 20)];
  const place = 32 + number(withLayout, 24);
  const layout = withLayout.subarray(place, place + number(withLayout, 28));
  const types = raw.subarray(24, 24 + size);
  const text = raw.subarray(24 + number(raw, 16)).subarray(0, strings);
  const head = new Uint32Array(8);
  head.set([0x1eb9f, 32, 0, size, size + layout.length, strings, size, layout.length]);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...types, ...layout, ...text);
}

describeGuest(
  "BTF on Linux 7.3",
  (guest) => {
    test("a layout section is accepted, and refused where this package refuses it", () => {
      const { init } = guest();
      expect(loadBtf(init, withLayout)).toBe(0);
      const malformed = [
        patched(withLayout, 24, 14),
        patched(withLayout, 28, 78),
        patched(withLayout, 24, 12),
        patched(withLayout, 28, 84),
      ];
      for (const btf of malformed) {
        expect(() => Btf.parse(btf)).toThrow("the layout section");
        expect(loadBtf(init, btf)).toBe(-Errno.EINVAL);
      }
    });

    test("a type may have more than 65,535 parts", () => {
      const { init } = guest();
      expect(loadBtf(init, encodeBtf([many(70_000)]))).toBe(0);
    });
  },
  "7.3",
);

describeGuest("BTF on Linux 6.12", (guest) => {
  test("a layout section is refused, and the loader removes it", (context) => {
    const { init } = guest();
    expect(loadBtf(init, withLayout)).toBe(-Errno.E2BIG);
    const spec = parseObject(fixture(context, "counter"));
    const btf = Btf.parse(lengthened(spec.btf?.raw ?? new Uint8Array()));
    expect(btf.layout).toHaveLength(20);
    const collection = Collection.load(init.fork(), { ...spec, btf }, { token: "never" });
    expect(collection.notes.map(({ text }) => text)).toEqual([
      "kinds that this kernel does not support are replaced by others",
    ]);
    collection.close();
  });

  test("a type may have 65,535 parts, and no more", () => {
    const { init } = guest();
    expect(loadBtf(init, encodeBtf([many(65_535)]))).toBe(0);
    expect(loadBtf(init, encodeBtf([many(65_536)]))).toBe(-Errno.EINVAL);
  });
});
