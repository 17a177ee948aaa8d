// SPDX-License-Identifier: MIT
import { AttachType, BPF_F, Insn, ProgType } from "@bpf-token/uapi";
import { expect, type TestContext, test } from "vitest";
import {
  bindProgram,
  decodeFuncInfo,
  decodeLineInfo,
  type ExternValue,
  KFUNC_POISON,
  type LinkedProgram,
  linkProgram,
  type ObjectSpec,
  type ProgramSpec,
  parseObject,
} from "../src/index.ts";
import { compile } from "./clang.ts";
import { type Instruction, instructions } from "./instructions.ts";

interface Given {
  readonly object: ObjectSpec;
  readonly program: ProgramSpec;
  readonly linked: LinkedProgram;
}

function given(context: TestContext, name: string): Given {
  const object = parseObject(compile(context, "programs"));
  const program = object.programs.find((one) => one.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  return { object, program, linked: linkProgram(object, program) };
}

const names = ({ object, linked }: Given): (string | undefined)[] =>
  linked.functions.map((index) => object.functions[index]?.name);

/** Returns the instructions at which a program refers to an extern, bound to the given value. */
function bound({ object, linked }: Given, extern: string, value?: ExternValue): Instruction[] {
  const insns = bindProgram(linked, object.externs, { map: () => 77, extern: () => value });
  const at = linked.relocations.find((one) => "extern" in one && one.extern === extern);
  return instructions(insns).slice(at?.insn ?? insns.length);
}

test("reads program and attach type from the section name", (context) => {
  const { object } = given(context, "calls");
  expect(object.license).toBe("GPL");
  expect(object.programs.find(({ name }) => name === "calls")).toMatchObject({
    section: "xdp.frags",
    type: ProgType.XDP,
    attach: AttachType.XDP,
    flags: BPF_F.XDP_HAS_FRAGS,
    autoload: true,
  });
  expect(object.programs.find(({ name }) => name === "calls_back")).toMatchObject({
    section: "tp_btf/sys_enter",
    type: ProgType.TRACING,
    attach: AttachType.TRACE_RAW_TP,
    target: "sys_enter",
    attachBtf: { name: "btf_trace_sys_enter", kind: "TYPEDEF" },
    autoload: false,
  });
  expect(object.programs.find(({ name }) => name === "asks")).toMatchObject({
    type: ProgType.KPROBE,
    target: "do_nothing",
  });
});

test("reads a program in an unknown section as one without a type", (context) => {
  expect(given(context, "unknown").program).toMatchObject({ type: ProgType.UNSPEC });
});

test("does not list functions as programs", (context) => {
  const programs = given(context, "calls").object.programs.map(({ name }) => name);
  expect(programs.sort()).toEqual([
    "asks",
    "calls",
    "calls_back",
    "throws",
    "throws_twice",
    "unknown",
  ]);
});

test("links each function once, in the order of the first call", (context) => {
  const calls = given(context, "calls");
  expect(names(calls)).toEqual(["calls", "global_function", "inner", "hidden_function"]);
  const sum = calls.linked.functions.reduce(
    (total, index) => total + (calls.object.functions[index]?.insns.length ?? 0),
    0,
  );
  expect(calls.linked.insns).toHaveLength(sum);
});

test("resolves calls to the first instruction of a function", (context) => {
  const { object, linked } = given(context, "calls");
  const starts = [0];
  for (const index of linked.functions) {
    starts.push((starts.at(-1) ?? 0) + (object.functions[index]?.insns.length ?? 0) / 8);
  }
  const targets = instructions(linked.insns).flatMap(({ code, src, imm }, at) =>
    code === (Insn.JMP | Insn.CALL) && src === Insn.PSEUDO_CALL ? [at + 1 + imm] : [],
  );
  expect(targets).toEqual([starts[1], starts[3], starts[2], starts[2]]);
});

test("resolves a callback to a function after the program", (context) => {
  const back = given(context, "calls_back");
  expect(names(back)).toEqual(["calls_back", "callback", "inner"]);
  const main = back.object.functions[back.program.function];
  const at = instructions(back.linked.insns).findIndex(
    ({ src, code }) => code === 0x18 && src === Insn.PSEUDO_FUNC,
  );
  const found = instructions(back.linked.insns)[at];
  expect(at + 1 + (found?.imm ?? 0)).toBe((main?.insns.length ?? 0) / 8);
});

test("links the exception callback if the program declares one", (context) => {
  expect(names(given(context, "throws"))).toEqual(["throws", "on_exception"]);
  expect(names(given(context, "throws_twice"))).toEqual(["throws_twice"]);
});

test("marks a hidden function as static in BTF, so that it is verified with its callers", (context) => {
  const { btf } = given(context, "calls").object;
  expect(btf?.type(btf.id("hidden_function", "FUNC") ?? 0)).toMatchObject({ linkage: 0 });
  expect(btf?.type(btf.id("global_function", "FUNC") ?? 0)).toMatchObject({ linkage: 1 });
});

test("counts func_info and line_info from the program's start", (context) => {
  const { object, linked } = given(context, "calls");
  const { funcInfo, lineInfo } = linked;
  if (!funcInfo || !lineInfo || !object.btf) throw new Error("the object has no information");
  const { btf } = object;
  const funcs = decodeFuncInfo(funcInfo).map(({ type }) => btf.name(type));
  expect(funcs).toEqual(["calls", "global_function", "inner", "hidden_function"]);
  const lines = decodeLineInfo(lineInfo, btf);
  const offsets = lines.map(({ offset }) => offset);
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  expect(offsets.at(-1)).toBeLessThan(linked.insns.length / 8);
  expect(lines.map(({ text }) => text.trim())).toContain("return inner(x) + 2;");
});

test("places kernel config options in a map without gaps", (context) => {
  const { object } = given(context, "calls");
  expect(object.externs.filter(({ kind }) => kind === "kconfig")).toMatchObject([
    { name: "CONFIG_HZ", value: "int", signed: true, offset: 0, size: 4, weak: false },
    { name: "CONFIG_BPF", value: "bool", offset: 4, size: 1, weak: true },
    { name: "CONFIG_DEFAULT_HOSTNAME", value: "char[]", offset: 5, size: 8 },
  ]);
  expect(object.maps.find(({ name }) => name === ".kconfig")).toMatchObject({
    valueSize: 13,
    flags: BPF_F.MMAPABLE | BPF_F.RDONLY_PROG,
  });
});

test("reads ksyms: typed and untyped variables, and functions", (context) => {
  const { externs } = given(context, "asks").object;
  expect(externs.filter(({ kind }) => kind === "ksym")).toMatchObject([
    { name: "init_task", function: false, typeId: 0, weak: true },
    { name: "kernel_function", function: true, weak: true },
    { name: "runqueues", function: false, weak: false },
  ]);
});

test("binds a kernel config option to its offset in the map", (context) => {
  const [first, second] = bound(given(context, "calls_back"), "CONFIG_BPF");
  expect([first?.src, first?.imm, second?.imm]).toEqual([Insn.PSEUDO_MAP_VALUE, 77, 4]);
});

test("binds a kernel variable by type or by address", (context) => {
  const [typed, btf] = bound(given(context, "calls"), "runqueues", { typeId: 5, place: 9, fd: 6 });
  expect([typed?.src, typed?.imm, btf?.imm]).toEqual([Insn.PSEUDO_BTF_ID, 5, 6]);
  const [low, high] = bound(given(context, "asks"), "init_task", {
    address: 0xffff_ffff_8123_4567n,
  });
  expect([low?.src, low?.imm, high?.imm]).toEqual([0, 0x8123_4567 | 0, -1]);
});

test("binds a missing symbol to address 0, and a missing function to an invalid helper", (context) => {
  const [low, high] = bound(given(context, "asks"), "init_task");
  expect([low?.src, low?.imm, high?.imm]).toEqual([0, 0, 0]);
  const asks = given(context, "asks");
  const call = asks.linked.relocations.find(({ kind }) => kind === "extern-call");
  const insns = bindProgram(asks.linked, asks.object.externs, {
    map: () => 0,
    extern: () => undefined,
  });
  const index = asks.object.externs.findIndex(({ name }) => name === "kernel_function");
  expect(instructions(insns)[call?.insn ?? 0]).toMatchObject({ src: 0, imm: KFUNC_POISON + index });
});

test("binds a call of a kernel function by type", (context) => {
  const asks = given(context, "asks");
  const call = asks.linked.relocations.find(({ kind }) => kind === "extern-call");
  const insns = bindProgram(asks.linked, asks.object.externs, {
    map: () => 0,
    extern: () => ({ typeId: 1234, place: 1, fd: 9 }),
  });
  expect(instructions(insns)[call?.insn ?? 0]).toMatchObject({
    src: Insn.PSEUDO_KFUNC_CALL,
    imm: 1234,
    off: 1,
  });
});
