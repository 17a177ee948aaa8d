// SPDX-License-Identifier: MIT
// Which memory of a bpf() call the recorder writes, and where it ends.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { type Line, nr, shown, text, useRecorder } from "./recording.ts";

const table = fileURLToPath(new URL("../../native/recorder/attr_memory.def", import.meta.url));
/** The commands of attr_memory.def. */
const commands: Readonly<Record<string, number>> = {
  ...{ MAP_CREATE: 0, PROG_LOAD: 5, OBJ_PIN: 6, OBJ_GET: 7, PROG_ATTACH: 8, PROG_DETACH: 9 },
  ...{ PROG_QUERY: 16, RAW_TRACEPOINT_OPEN: 17, BTF_LOAD: 18, BTF_GET_FD_BY_ID: 19 },
  ...{ LINK_CREATE: 28, TOKEN_CREATE: 36 },
};
const MIB = 1 << 20;
/** How much the recorder reads at once. */
const CHUNK = 3 << 14;

/** The rows of one kind: the command, the field, and numbers. */
const rows = (kind: string): readonly (readonly [number, string, readonly number[]])[] =>
  [
    ...readFileSync(table, "utf8").matchAll(
      new RegExp(`^${kind}\\((\\w+), (\\w+), ([^)]*)\\)$`, "gm"),
    ),
  ].map(([, command = "", field = "", rest = ""]) => [
    ...([commands[command] ?? -1, `${command} ${field}`] as const),
    rest.split(", ").map(Number),
  ]);

/** A field of an attr: offset, bytes, value. */
type Field = readonly [offset: number, bytes: number, value: number | string];

/** Statements that pass an attr to a command. */
function ask(cmd: number, fields: readonly Field[], size = 200): readonly string[] {
  const puts = fields.map((field) => `put a ${field.join(" ")}`);
  return [`mem a ${size}`, ...puts, `r = ${nr.bpf} ${cmd} $a ${size}`];
}

describeNative("the memory that the recorder writes", () => {
  const { record } = useRecorder();

  /** The lines of bpf() and of files. */
  function recorded(...script: readonly string[]): readonly Line[] {
    const { status, stderr, lines } = record(script);
    expect([status, stderr]).toEqual([0, ""]);
    return lines.filter(({ type, name }) => type === "file" || name === "bpf");
  }
  const lines = (...script: readonly string[]): readonly string[] => shown(recorded(...script));
  /** The pieces after the attr, of the only call. */
  function pieces(...script: readonly string[]): readonly (Buffer | null)[] {
    const [call, ...more] = recorded(...script);
    expect([call?.name, more]).toEqual(["bpf", []]);
    return (call?.memory ?? [])
      .slice(1)
      .map(([, bytes]) => (bytes === null ? null : Buffer.from(bytes, "base64")));
  }

  test.each(rows("DESCRIPTOR"))("names the file of command %i, %s", (cmd, _, [offset = 0]) => {
    const other = `other = ${nr.eventfd2} 0 0`;
    const seen = lines(other, ...ask(cmd, [[offset, 4, "$other"]]));
    expect(seen.slice(0, -1)).toEqual(["file 3: other"]);
    // The next field, and a command that has none.
    expect(lines(other, ...ask(35, [[offset, 4, "$other"]])).length).toBe(1);
  });

  test("names several files, each that is open and above 0", () => {
    const other = `other = ${nr.eventfd2} 0 0`;
    const create = (a: number | string, b: number | string, c: number | string) =>
      ask(0, [
        [20, 4, a],
        [48, 4, b],
        [76, 4, c],
      ]);
    const seen = lines(
      other,
      ...create("$other", 0, 1),
      ...create(-1, 99, -99),
      ...create(1, 0, 0),
    );
    expect(seen.filter((line) => line.startsWith("file"))).toEqual([
      ...["file 3: other", "file 1: other", "file 99: closed", "file 1: other"],
    ]);
  });

  test.each(rows("MEMORY"))("has the memory of command %i, %s", (cmd, _, numbers) => {
    const [offset = 0, countAt = 0, unit = 0] = numbers;
    const field = (count: number): readonly Field[] => [
      [offset, 8, "$data"],
      [countAt, 4, count],
    ];
    const data = [`mem data ${3 * unit}`, `fill data 0 ${3 * unit} 7`];
    expect(pieces(...data, ...ask(cmd, field(3)))).toEqual([Buffer.alloc(3 * unit, 7)]);
    expect(pieces(...data, ...ask(cmd, field(2)))).toEqual([Buffer.alloc(2 * unit, 7)]);
    // More than there is, none, and no address.
    expect(pieces(...data, ...ask(cmd, field(4)))).toEqual([null]);
    expect(pieces(...data, ...ask(cmd, field(0)))).toEqual([]);
    expect(pieces(...ask(cmd, [[countAt, 4, 1]]))).toEqual([]);
    expect(pieces(...data, ...ask(35, field(3)))).toEqual([]);
  });

  test.each(rows("TEXT"))("has the text of command %i, %s", (cmd, _, [offset = 0]) => {
    const asked = (value: string) => pieces(...text("t", value), ...ask(cmd, [[offset, 8, "$t"]]));
    expect(asked("/some/where")).toEqual([Buffer.from("/some/where\0")]);
    expect(asked("")).toEqual([Buffer.from("\0")]);
    expect(pieces(...ask(cmd, []))).toEqual([]);
    expect(pieces(...text("t", "x"), ...ask(35, [[offset, 8, "$t"]]))).toEqual([]);
  });

  test.each([
    // The length with the NUL, how much of it can be read, and what is recorded.
    [10, 10, 10],
    [4094, 4094, 4094],
    [4095, 4095, 4095],
    [4096, 4096, 4096],
    [4097, 4097, 4096],
    [9000, 9000, 4096],
    // The text does not end where its memory does.
    [11, 10, 1],
    [4096, 4095, 4096],
    [4095, 4094, 1],
    [2, 1, 1],
  ])("of a text of %i bytes, %i of them readable, has %i", (length, readable, wanted) => {
    const data = [`mem t ${readable}`, `fill t 0 ${readable} 65`];
    const ended = length === readable ? [`put t ${length - 1} 1 0`] : [];
    const [piece] = pieces(...data, ...ended, ...ask(7, [[0, 8, "$t"]]));
    const full = Buffer.alloc(length, 65).fill(0, length - 1);
    expect(
      piece === null ? null : [piece?.length, piece?.equals(full.subarray(0, wanted))],
    ).toEqual(wanted > readable ? null : [wanted, true]);
  });

  test("a text may cross pages, and start anywhere", () => {
    const data = ["mem t 6000", "fill t 0 6000 66", "put t 5999 1 0"];
    for (const at of [1904, 1903, 1905, 3000, 5998, 5999]) {
      const [piece] = pieces(...data, ...ask(7, [[0, 8, `$t+${at}`]]));
      expect([at, piece?.length]).toEqual([at, Math.min(4096, 6000 - at)]);
    }
    expect(pieces(...ask(7, [[0, 8, 8]]))).toEqual([null]);
  });

  test.each([...[1, 2, 3, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5, 16 * MIB]])(
    "has %i bytes of BTF, and none of them if one cannot be read",
    (size) => {
      const marks = [0, CHUNK - 1, CHUNK, size - 1].filter((at) => at < size);
      const data = [`mem d ${size}`, ...marks.map((at, i) => `put d ${at} 1 ${i + 65}`)];
      const load = (count: number) =>
        ask(18, [
          [0, 8, "$d"],
          [16, 4, count],
        ]);
      const [piece, ...more] = pieces(...data, ...load(size));
      const wanted = Buffer.alloc(size);
      for (const [i, at] of marks.entries()) wanted[at] = i + 65;
      expect([piece?.equals(wanted), more]).toEqual([true, []]);
      // More than the kernel accepts is not read at all.
      expect(pieces(...data, ...load(size + 1))).toEqual(size === 16 * MIB ? [] : [null]);
    },
  );

  test("has later pieces if one cannot be read", () => {
    const asked = ask(5, [
      ...([
        [8, 8, "$d"],
        [4, 4, 9],
        [16, 8, "$t"],
        [80, 8, "$d"],
        [88, 4, 1],
      ] as const),
    ]);
    expect(pieces("mem d 8", ...text("t", "GPL"), ...asked)).toEqual([
      ...[null, Buffer.alloc(8), Buffer.from("GPL\0")],
    ]);
  });

  test.each([
    // The size that the call names, the bytes there, and those of the recording.
    [0, 8, undefined],
    [1, 8, 1],
    [256, 256, 256],
    [257, 257, 257],
    [4095, 4096, 4095],
    [4096, 4096, 4096],
    [4097, 5000, 4096],
    [0x100000000 + 8, 8, 8],
    [9, 8, null],
    // The fields are readable, the rest is not.
    [400, 300, null],
  ])("has of an attr of %i bytes where %i are readable: %s", (size, readable, wanted) => {
    const [call] = recorded(`mem a ${readable}`, `r = ${nr.bpf} 35 $a ${size}`);
    const [first] = call?.memory ?? [];
    const found = first && (first[1] === null ? null : Buffer.from(first[1], "base64").length);
    expect(found).toBe(wanted);
  });

  test("an attr that cannot be read names nothing", () => {
    const script = [...text("t", "text"), "mem a 12", "put a 0 8 $t", "put a 8 4 1"];
    expect(lines(...script, `r = ${nr.bpf} 7 $a 12`, `r = ${nr.bpf} 6 $a 13`)).toEqual([
      expect.stringMatching(/^bpf 0x7 ptr 0xc = -\d+; \w+; "text"$/),
      "bpf 0x6 ptr 0xd = -14; unreadable",
    ]);
  });

  test("fields after the end of an attr are 0", () => {
    const script = [...text("t", "text"), "mem a 8", "put a 0 8 $t"];
    expect(lines(...script, `r = ${nr.bpf} 7 $a 4`)).toEqual([
      expect.stringMatching(/^bpf 0x7 ptr 0x4 = -\d+; \w{8}; unreadable$/),
    ]);
  });

  test.each([
    [8, [Buffer.alloc(8, 9)]],
    [4096, [Buffer.alloc(4096, 9)]],
    [4097, [Buffer.alloc(4096, 9)]],
    [0, []],
  ])("has %i bytes of the common attributes", (size, wanted) => {
    const script = ["mem c 4097", "fill c 0 4097 9", "mem a 8"];
    expect(pieces(...script, `r = ${nr.bpf} 0x10023 $a 8 $c ${size}`)).toEqual(wanted);
    expect(pieces(...script, `r = ${nr.bpf} 35 $a 8 $c ${size}`)).toEqual([]);
  });

  test("a command with common attributes has its own fields", () => {
    const fields = ask(0x10007, [[0, 8, "$t"]]);
    expect(pieces(...text("t", "there"), ...fields)).toEqual([Buffer.from("there\0")]);
  });
});
