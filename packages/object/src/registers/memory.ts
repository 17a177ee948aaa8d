// SPDX-License-Identifier: MIT
import { Insn, MapType } from "@bpf-token/uapi";
import { readContext } from "./contexts.js";
import {
  checkOverwrite,
  checkRead,
  checkWritten,
  mayReadPointer,
  rangeOf,
  readSlot,
  writeRange,
} from "./stack.js";
import { describe, dstOf, read, refuseLeak, type Step, srcOf, write } from "./step.js";
import {
  anyScalar,
  anything,
  isSure,
  Kind,
  mayPoint,
  pointer,
  scalar,
  type Value,
} from "./value.js";

/** BPF_FETCH: the atomic operation returns the old value. BPF_CMPXCHG returns it in R0. */
const FETCH = 0x01;
const COMPARE_EXCHANGE = 0xf1;
const LOAD_ACQUIRE = 0x100;
const STORE_RELEASE = 0x110;

const sizes: ReadonlyMap<number, number> = new Map([
  [Insn.W, 4],
  [Insn.H, 2],
  [Insn.B, 1],
  [Insn.DW, 8],
]);

/** The number of bytes that an instruction accesses. */
const sizeOf = ({ code, at }: Step): number => sizes.get((code.code[at] ?? 0) & Insn.DW) ?? 8;

/** The mode of an instruction of the classes LD, LDX, ST and STX. */
const modeOf = ({ code, at }: Step): number => (code.code[at] ?? 0) & 0xe0;

/** LDX: a load. */
export function stepLoad(step: Step): void {
  const base = read(step, srcOf(step));
  const signed = modeOf(step) === Insn.MEMSX;
  const loaded = load(step, srcOf(step), base);
  write(step, dstOf(step), signed && !mayPoint(loaded) ? anyScalar : loaded);
}

function load(step: Step, register: number, base: Value): Value {
  const [size, off] = [sizeOf(step), step.code.off[step.at] ?? 0];
  refuseTyped(step, register, base);
  if ((base.kinds & Kind.STACK) !== 0) return loadStack(step, register, base, off, size);
  if (base.kinds === Kind.CTX) return readContext(step.code.type, base, off, size);
  if ((base.kinds & (Kind.OBJECT | Kind.CTX)) !== 0) return anything;
  if (size === 8 && (base.kinds & Kind.MAP_VALUE) !== 0 && step.code.hasKernelPointers)
    return anything;
  return size < 8 ? scalar(0, 2 ** (8 * size) - 1) : anyScalar;
}

function loadStack(step: Step, register: number, base: Value, off: number, size: number): Value {
  const range = rangeOf(base, off, size);
  checkWritten(step, register, range, base);
  // A part of a pointer is refused with every capability.
  const mayPointTo = size === 8 && mayReadPointer(step.state, range, base);
  if (base.kinds !== Kind.STACK || (mayPointTo && !range.isExact)) return anything;
  return readSlot(step.state, range, base);
}

/** Only with CAP_PERFMON, programs read what kernel objects and maps consist of. */
function refuseTyped(step: Step, register: number, base: Value): void {
  if ((base.kinds & (Kind.OBJECT | Kind.MAP)) === 0) return;
  step.refuse(`${describe(register, base)}, is read`, isSure(base));
}

/** ST and STX: a store of an immediate or of a register, or an atomic operation. */
export function stepStore(step: Step): void {
  const { code, at } = step;
  const byRegister = ((code.code[at] ?? 0) & 7) === Insn.STX;
  const stored = byRegister ? read(step, srcOf(step)) : anyScalar;
  if (byRegister && modeOf(step) === Insn.ATOMIC) stepAtomic(step, stored);
  else store(step, stored, byRegister && modeOf(step) === Insn.MEM);
}

function store(step: Step, stored: Value, byRegister: boolean): void {
  const base = read(step, dstOf(step));
  const [size, off] = [sizeOf(step), step.code.off[step.at] ?? 0];
  if ((base.kinds & Kind.OBJECT) !== 0) refuseTyped(step, dstOf(step), base);
  if (byRegister && (base.kinds & ~Kind.STACK & ~Kind.SCALAR) !== 0) {
    refuseLeak(step, srcOf(step), stored, "is stored outside of the stack");
  }
  if ((base.kinds & Kind.STACK) === 0) return;
  const range = rangeOf(base, off, size);
  checkOverwrite(step, range, base);
  const imm = step.code.imm[step.at] ?? 0;
  const value = byRegister ? stored : scalar(imm, imm);
  writeRange(step.state, range, base, size === 8 ? value : undefined);
}

function stepAtomic(step: Step, stored: Value): void {
  const base = read(step, dstOf(step));
  const operation = step.code.imm[step.at] ?? 0;
  if (operation === LOAD_ACQUIRE) {
    write(step, dstOf(step), load(step, srcOf(step), stored));
    return;
  }
  if (operation === STORE_RELEASE) {
    store(step, stored, true);
    return;
  }
  refuseLeak(step, srcOf(step), stored, "is used in an atomic operation");
  refuseTyped(step, dstOf(step), base);
  if (operation === COMPARE_EXCHANGE) {
    refuseLeak(step, 0, read(step, 0), "is used in an atomic operation");
  }
  if ((base.kinds & Kind.STACK) !== 0) {
    const range = rangeOf(base, step.code.off[step.at] ?? 0, sizeOf(step));
    checkRead(step, dstOf(step), range, base);
    checkOverwrite(step, range, base);
    writeRange(step.state, range, base);
  }
  if (operation === COMPARE_EXCHANGE) write(step, 0, anyScalar);
  else if ((operation & FETCH) !== 0) write(step, srcOf(step), anyScalar);
}

/** LD: a 64-bit constant, which may be an address, or bytes of a packet in the old style. */
export function stepLd(step: Step): void {
  if (modeOf(step) !== Insn.IMM) {
    for (let register = 0; register <= 5; register++) write(step, register, anyScalar);
    return;
  }
  write(step, dstOf(step), address(step));
}

function address(step: Step): Value {
  const { code, at } = step;
  const relocation = code.relocations.get(at);
  if (relocation === undefined) return constant(code, at);
  switch (relocation.kind) {
    case "map":
      return known(Kind.MAP, step, relocation.map, 0);
    case "map-value":
      return known(Kind.MAP_VALUE, step, relocation.map, relocation.offset);
    case "extern": {
      const extern = code.externs.get(relocation.extern);
      if (extern?.kind === "kconfig") return known(Kind.MAP_VALUE, step, ".kconfig", extern.offset);
      return { ...anything, kinds: Kind.OBJECT | Kind.MEM, nullable: extern?.weak === true };
    }
    default:
      return anything;
  }
}

/** BPF_PSEUDO_FUNC: the address of a function. */
const PSEUDO_FUNC = 4;

function constant(code: Step["code"], at: number): Value {
  const [low, high] = [code.imm[at] ?? 0, code.imm[at + 1] ?? 0];
  if ((code.regs[at] ?? 0) >> 4 === PSEUDO_FUNC) {
    return pointer(Kind.FUNC, { index: at + 1 + low });
  }
  const value = (high >>> 0) * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(value) ? scalar(value, value) : anyScalar;
}

function known(kind: number, step: Step, name: string, offset: number): Value {
  const map = step.code.maps.get(name);
  if (map?.type === MapType.ARENA) step.refuse(`uses the arena ${name}`, true);
  return pointer(kind, { lo: offset, hi: offset, ...(map === undefined ? {} : { map }) });
}
