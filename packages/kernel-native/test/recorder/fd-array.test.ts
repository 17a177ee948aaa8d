// SPDX-License-Identifier: MIT
// How many entries of fd_array the recorder writes: as many as the instructions name.
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { nr, useRecorder } from "./recording.ts";

/** How much the recorder reads at once. */
const CHUNK = 3 << 14;

/** A field of an attr: offset, bytes, value. */
type Field = readonly [offset: number, bytes: number, value: number | string];

/** Statements that pass an attr to a command. */
function ask(cmd: number, fields: readonly Field[], size = 200): readonly string[] {
  const puts = fields.map((field) => `put a ${field.join(" ")}`);
  return [`mem a ${size}`, ...puts, `r = ${nr.bpf} ${cmd} $a ${size}`];
}

describeNative("the entries of fd_array that the recorder writes", () => {
  const { record } = useRecorder();

  /** The pieces after the attr, of the only call. */
  function pieces(...script: readonly string[]): readonly (Buffer | null)[] {
    const { status, lines } = record(script);
    const [call, ...more] = lines.filter(({ name }) => name === "bpf");
    expect([status, more]).toEqual([0, []]);
    return (call?.memory ?? [])
      .slice(1)
      .map(([, bytes]) => (bytes === null ? null : Buffer.from(bytes, "base64")));
  }

  /** An instruction: the code, the register of the source, the offset, the number. */
  type Insn = readonly [code: number, source: number, offset: number, imm: number];
  const insns = (list: readonly Insn[], at = 0): readonly string[] =>
    list.flatMap(([code, source, offset, imm], i) => [
      ...[`put i ${8 * (at + i)} 1 ${code}`, `put i ${8 * (at + i) + 1} 1 ${source << 4}`],
      ...[`put i ${8 * (at + i) + 2} 2 ${offset}`, `put i ${8 * (at + i) + 4} 4 ${imm}`],
    ]);
  /** A program with `count` instructions and fd_array: how many entries are recorded. */
  function entries(script: readonly string[], count: number, more: readonly Field[] = []): number {
    const asked = ask(5, [[8, 8, "$i"], [4, 4, count], [120, 8, "$f"], ...more]);
    const all = pieces("mem f 20000", ...script, ...asked);
    const sizes = all.flatMap((piece) => piece?.length ?? []).filter((size) => size !== 8 * count);
    return (sizes[0] ?? 0) / 4;
  }

  test.each<[Insn, number]>([
    [[0x18, 5, 0, 0], 1],
    [[0x18, 5, 0, 3], 4],
    [[0x18, 6, 0, 3], 4],
    [[0x18, 6, 0, 0x102], 0x103],
    [[0x18, 4, 0, 3], 0],
    [[0x18, 7, 0, 3], 0],
    [[0x18, 1, 9, 3], 0],
    [[0x19, 5, 0, 3], 0],
    [[0x85, 2, 4, 9], 5],
    [[0x85, 2, 0x101, 0], 0x102],
    [[0x85, 1, 4, 9], 0],
    [[0x85, 0, 4, 9], 0],
    [[0x84, 2, 4, 9], 0],
    [[0x85, 6, 4, 9], 0],
    [[0x18, 5, 0, 4094], 4095],
    [[0x18, 5, 0, 4095], 4096],
    [[0x18, 5, 0, 4096], 4096],
  ])("the instruction %j needs %i entries of fd_array", (insn, wanted) => {
    expect(entries(["mem i 8", ...insns([insn])], 1)).toBe(wanted);
  });

  test("fd_array has as many entries as the largest index or its size needs", () => {
    const list: readonly Insn[] = [
      ...([
        [0x18, 5, 0, 2],
        [0, 0, 0, 0],
        [0x85, 2, 6, 0],
        [0x18, 6, 0, 4],
        [0, 0, 0, 0],
      ] as const),
    ];
    const script = ["mem i 40", ...insns(list)];
    expect(entries(script, 5)).toBe(7);
    expect(entries(script, 2)).toBe(3);
    expect(entries(script, 5, [[148, 4, 6]])).toBe(7);
    expect(entries(script, 5, [[148, 4, 8]])).toBe(8);
    expect(entries(script, 5, [[148, 4, 5000]])).toBe(4096);
    // More instructions than there are.
    expect(entries(script, 6)).toBe(7);
    expect(entries(script, 0xffffffff)).toBe(7);
    expect(entries(script, 0, [[148, 4, 3]])).toBe(3);
  });

  test("fd_array of a long program", () => {
    const each = CHUNK / 8;
    for (const at of [0, each - 1, each, each + 1, 3 * each]) {
      const script = [`mem i ${8 * (3 * each + 1)}`, ...insns([[0x18, 5, 0, 8]], at)];
      expect([at, entries(script, at + 1), entries(script, at)]).toEqual([at, 9, 0]);
    }
  });

  test("fd_array of another command, or at no address, is not there", () => {
    const fields: readonly Field[] = [
      [120, 8, "$f"],
      [148, 4, 3],
    ];
    expect(pieces("mem f 99", ...ask(35, fields))).toEqual([]);
    expect(pieces(...ask(5, [[148, 4, 3]]))).toEqual([]);
  });
});
