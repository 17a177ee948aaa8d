// SPDX-License-Identifier: MIT
// What the verifier refuses without CAP_PERFMON: rules VF-05 to VF-07. The verdicts of Linux on whole
// objects are compared by 'npm run tool policy:minimal'.
import { HelperId, Insn as I, insn, MapType, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import type { MapSpec, ObjectSpec, ProgramSpec, Relocation } from "../src/index.ts";
import { perfmonUses } from "../src/index.ts";

const mov = (dst: number, src: number) => insn(I.ALU64 | I.MOV | I.X, dst, src);
const movImm = (dst: number, imm: number) => insn(I.ALU64 | I.MOV | I.K, dst, 0, 0, imm);
const alu = (operation: number, dst: number, src: number) =>
  insn(I.ALU64 | operation | I.X, dst, src);
const aluImm = (operation: number, dst: number, imm: number) =>
  insn(I.ALU64 | operation | I.K, dst, 0, 0, imm);
const load = (size: number, dst: number, src: number, off: number) =>
  insn(I.LDX | I.MEM | size, dst, src, off);
const store = (size: number, dst: number, off: number, src: number) =>
  insn(I.STX | I.MEM | size, dst, src, off);
const storeImm = (size: number, dst: number, off: number, imm: number) =>
  insn(I.ST | I.MEM | size, dst, 0, off, imm);
const jump = (operation: number, dst: number, src: number, off: number) =>
  insn(I.JMP | operation | I.X, dst, src, off);
const jumpImm = (operation: number, dst: number, imm: number, off: number) =>
  insn(I.JMP | operation | I.K, dst, 0, off, imm);
const call = (name: keyof typeof HelperId) => insn(I.JMP | I.CALL, 0, 0, 0, HelperId[name]);
const callFunction = (distance: number) => insn(I.JMP | I.CALL, 0, 1, 0, distance);
const exit = insn(I.JMP | I.EXIT);
const end = [movImm(0, 0), exit];

const hash: MapSpec = {
  ...{ name: "h", kernelName: "h", origin: "definition", section: ".maps", type: MapType.HASH },
  ...{ keySize: 4, valueSize: 16, maxEntries: 1, flags: 0, extra: 0n, numaNode: 0 },
  ...{ pinning: "none", keyTypeId: 0, valueTypeId: 0, values: [] },
};
/** The address of the map `h`: two places. */
const mapAddress = (dst: number) => [insn(I.LD | I.IMM | I.DW, dst), insn(0)];

/** The object with one XDP program, where `mapAddress()` refers to the map. */
function objectOf(code: readonly Uint8Array[], type: number = ProgType.XDP): ObjectSpec {
  const insns = Uint8Array.from(code.flatMap((one) => [...one]));
  const relocations = code.flatMap((one, at): readonly Relocation[] =>
    one[0] === (I.LD | I.IMM | I.DW) ? [{ insn: at, kind: "map", map: "h" }] : [],
  );
  const program = { name: "p", section: "x", function: 0, type, attach: 0, autoload: true };
  const functions = [{ name: "p", section: "x", start: 0, global: true, insns, relocations }];
  return {
    ...{
      name: "o",
      license: "GPL",
      kernelVersion: 0,
      externs: [],
      structOps: [],
      coreRelocations: [],
    },
    ...{ maps: [hash], functions, btf: undefined },
    programs: [{ ...program, attachOptional: false, flags: 0, usdt: false } as ProgramSpec],
  };
}

/** A program that calls a static function. */
function withFunction(code: readonly Uint8Array[], called: readonly Uint8Array[]): ObjectSpec {
  const object = objectOf(code);
  const at = code.findIndex(
    ([opcode, registers = 0]) => opcode === (I.JMP | I.CALL) && registers >> 4 === 1,
  );
  const [main] = object.functions;
  const [other] = objectOf(called).functions;
  if (main === undefined || other === undefined) throw new Error("no functions");
  const relocations = [{ insn: at, kind: "call", function: 1 } as const];
  return {
    ...object,
    functions: [
      { ...main, relocations },
      { ...other, name: "f", global: false },
    ],
  };
}

const uses = (code: readonly Uint8Array[], type?: number) => usesOf(objectOf(code, type));

const usesOf = (object: ObjectSpec) => {
  return perfmonUses(object, object.programs[0] as ProgramSpec).map(
    ({ insn: at, text, sure }) => `${at}: ${text}${sure ? "" : " (assumed)"}`,
  );
};

/** r2 is the packet, r3 its end. */
const packet = [load(I.W, 2, 1, 0), load(I.W, 3, 1, 4)];
/** r0 is an element of the map, or NULL. */
const lookup = [
  storeImm(I.W, 10, -4, 0),
  mov(2, 10),
  aluImm(I.ADD, 2, -4),
  ...mapAddress(1),
  call("map_lookup_elem"),
];

describe("what the verifier accepts without CAP_PERFMON", () => {
  test.each<[string, readonly Uint8Array[]]>([
    ["a comparison with the end of the packet", [...packet, jump(I.JGT, 2, 3, 0), ...end]],
    ["a constant added to a pointer to the packet", [...packet, aluImm(I.ADD, 2, 14), ...end]],
    [
      "a lookup whose result is compared with NULL",
      [...lookup, jumpImm(I.JEQ, 0, 0, 1), load(I.DW, 1, 0, 0), ...end],
    ],
    [
      "a pointer that is stored on the stack whole",
      [store(I.DW, 10, -8, 1), load(I.DW, 1, 10, -8), ...end],
    ],
    [
      "scalars in every operation",
      [movImm(1, 3), movImm(2, 4), alu(I.SUB, 1, 2), jump(I.JGT, 1, 2, 0), ...end],
    ],
    [
      "the copy of a pointer that was compared with NULL",
      [...lookup, mov(6, 0), jumpImm(I.JNE, 0, 0, 2), mov(0, 6), exit, ...end],
    ],
    [
      "a pointer that is 0 on another path",
      [
        movImm(6, 0),
        ...lookup,
        jumpImm(I.JEQ, 0, 0, 1),
        mov(6, 0),
        jumpImm(I.JEQ, 6, 0, 1),
        load(I.DW, 1, 6, 0),
        ...end,
      ],
    ],
    ["code that ends without an exit", [movImm(0, 0)]],
    ["a jump out of the program", [jumpImm(I.JEQ, 0, 5, 2000)]],
  ])("%s", (_, code) => expect(uses(code)).toEqual([]));
});

test("a function may read the stack of its caller, and its caller the result", () => {
  const caller = [
    storeImm(I.DW, 10, -8, 0),
    mov(1, 10),
    aluImm(I.ADD, 1, -8),
    callFunction(-1),
    exit,
  ];
  expect(usesOf(withFunction(caller, [load(I.DW, 0, 1, 0), exit]))).toEqual([]);
  const leak = usesOf(withFunction([callFunction(-1), exit], [mov(0, 1), exit]));
  expect(leak).toEqual(["1: r0, a pointer to the context, is returned"]);
});

describe("what the verifier refuses without CAP_PERFMON", () => {
  test.each<[string, readonly Uint8Array[], string]>([
    [
      "a loop, of which the verifier also follows the end that speculation reaches",
      [load(I.W, 1, 1, 12), aluImm(I.ADD, 1, 1), jumpImm(I.JLT, 1, 100, -2), ...end],
      "2: a loop is also followed beyond its end, as a speculating processor does (assumed)",
    ],
    [
      "a branch that is never taken, before Linux 6.17",
      [movImm(1, 5), jumpImm(I.JEQ, 1, 5, 0), ...end],
      "1: the branch that is never taken is also followed, as a speculating processor does (assumed)",
    ],
    [
      "a kernel function that may read the stack",
      [mov(1, 10), aluImm(I.ADD, 1, -8), insn(I.JMP | I.CALL, 0, 2, 0, 1), ...end],
      "2: the stack that r1 points to may be read before it is written (assumed)",
    ],
    [
      "memory of a kernel object",
      [insn(I.JMP | I.CALL, 0, 2, 0, 1), load(I.W, 1, 0, 8), ...end],
      "1: r0, a pointer of one of several kinds, is read (assumed)",
    ],
    [
      "a pointer minus a pointer",
      [...packet, alu(I.SUB, 3, 2), ...end],
      "2: r3 -= r2 subtracts a pointer from a pointer",
    ],
    [
      "a register added to a pointer to the packet",
      [...packet, load(I.B, 4, 2, 0), alu(I.ADD, 2, 4), ...end],
      "3: r2, a pointer to the packet, is moved by a register",
    ],
    [
      "a register added to a map value, whose range is not known",
      [...lookup, jumpImm(I.JEQ, 0, 0, 2), load(I.B, 4, 0, 0), alu(I.ADD, 0, 4), ...end],
      "8: r0, a pointer to a map value, is moved by a register (assumed)",
    ],
    [
      "the end of a map value",
      [...lookup, jumpImm(I.JEQ, 0, 0, 1), aluImm(I.ADD, 0, 16), ...end],
      "7: r0, a pointer to a map value, is moved out of its bounds",
    ],
    [
      "a comparison of pointers",
      [jump(I.JGT, 1, 10, 0), ...end],
      "0: r10, a pointer to the stack, is compared with r1",
    ],
    [
      "a comparison with a constant",
      [jumpImm(I.JEQ, 1, 0, 0), ...end],
      "0: r1, a pointer to the context, is compared",
    ],
    [
      "a copy of a part",
      [insn(I.ALU | I.MOV | I.X, 2, 1), ...end],
      "0: r1, a pointer to the context, is copied in part",
    ],
    [
      "a negation",
      [aluImm(I.NEG, 1, 0), ...end],
      "0: r1, a pointer to the context, is changed by arithmetic",
    ],
    ["a pointer as result", [mov(0, 1), exit], "1: r0, a pointer to the context, is returned"],
    [
      "a pointer in a map",
      [mov(6, 1), ...lookup, jumpImm(I.JEQ, 0, 0, 1), store(I.DW, 0, 0, 6), ...end],
      "8: r6, a pointer to the context, is stored outside of the stack",
    ],
    [
      "a pointer as a number",
      [mov(2, 1), call("redirect"), exit],
      "1: r1, a pointer to the context, is passed to a helper as a number",
    ],
    [
      "a read before the write",
      [load(I.DW, 0, 10, -8), exit],
      "0: the stack that r10 points to is read before it is written",
    ],
    [
      "a read after a write on only one path",
      [
        load(I.W, 2, 1, 12),
        jumpImm(I.JEQ, 2, 0, 1),
        storeImm(I.DW, 10, -8, 0),
        load(I.DW, 0, 10, -8),
        exit,
      ],
      "3: the stack that r10 points to may be read before it is written (assumed)",
    ],
    [
      "a key with a hole",
      [...lookup.slice(1), ...end],
      "4: the stack that r2 points to is read before it is written",
    ],
    [
      "a pointer in a key",
      [
        store(I.DW, 10, -8, 1),
        mov(2, 10),
        aluImm(I.ADD, 2, -8),
        ...mapAddress(1),
        call("map_lookup_elem"),
        ...end,
      ],
      "5: the stack that r2 points to has a pointer",
    ],
    [
      "a pointer on the stack that is overwritten in part",
      [store(I.DW, 10, -8, 1), storeImm(I.W, 10, -8, 0), ...end],
      "1: a pointer on the stack is overwritten in part",
    ],
    [
      "an atomic operation with a pointer",
      [storeImm(I.DW, 10, -8, 0), insn(I.STX | I.ATOMIC | I.DW, 10, 1, -8, 0), ...end],
      "1: r1, a pointer to the context, is used in an atomic operation",
    ],
    [
      "a pointer or a number, by the path",
      [
        movImm(2, 7),
        load(I.W, 3, 1, 12),
        jumpImm(I.JEQ, 3, 0, 1),
        mov(2, 1),
        jumpImm(I.JEQ, 2, 7, 0),
        ...end,
      ],
      "4: r2, a pointer to the context, is compared (assumed)",
    ],
    [
      "a helper whose arguments are not known",
      [mov(1, 10), aluImm(I.ADD, 1, -8), call("d_path"), ...end],
      "2: the stack that r1 points to may be read before it is written (assumed)",
    ],
  ])("%s", (_, code, expected) => expect(uses(code)).toEqual([expected]));

  test("what a function does with the pointer of its caller", () => {
    const object = withFunction([callFunction(-1), ...end], [mov(0, 1), alu(I.SUB, 0, 10), exit]);
    expect(usesOf(object)).toEqual(["4: r0 -= r10 subtracts a pointer from a pointer"]);
  });

  test("bpf_sys_bpf() and arenas", () => {
    expect(uses([movImm(1, 0), call("sys_bpf"), ...end], ProgType.SYSCALL)[0]).toContain(
      "calls bpf_sys_bpf()",
    );
  });
});

describe("hostile programs end", () => {
  const count = 100_000;

  test("many branches that meet, in proportion to their number", () => {
    const code = [load(I.W, 1, 1, 12), movImm(0, 0)];
    for (let i = 0; i < count / 3; i++) {
      code.push(
        jumpImm(I.JEQ, 1, i, 1),
        storeImm(I.DW, 10, -8 * ((i % 64) + 1), i),
        aluImm(I.ADD, 1, 1),
      );
    }
    expect(uses([...code, exit])).toEqual([]);
  });

  test("calls that double with each function give up", () => {
    const code: Uint8Array[] = [];
    // Each function calls the next one 64 times: 64 to the power of 7 calls.
    for (let depth = 0; depth < 7; depth++) {
      for (let i = 0; i < 64; i++) code.push(callFunction(65 - i));
      code.push(movImm(0, 0), exit);
    }
    const object = objectOf([...code, ...end]);
    const functions = Array.from({ length: 8 }, (_, i) => ({
      ...(object.functions[0] as ObjectSpec["functions"][number]),
      global: false,
      name: `f${i}`,
      insns: (object.functions[0]?.insns ?? new Uint8Array()).slice(66 * 8 * i, 66 * 8 * (i + 1)),
      relocations:
        i < 7
          ? Array.from({ length: 64 }, (__, at) => ({
              insn: at,
              kind: "call" as const,
              function: i + 1,
            }))
          : [],
    }));
    const [found] = perfmonUses({ ...object, functions }, object.programs[0] as ProgramSpec);
    expect(found).toMatchObject({
      text: "the program has more paths than this analysis follows",
      sure: false,
    });
  });
});
