// SPDX-License-Identifier: MIT
import { readSync } from "node:fs";
import { type LsmHook, lsmHooks } from "@bpf-token/syscall";
import { viewOf } from "./attr.js";

/*
 * LSM programs decide about tokens on real kernels, and the model runs no programs. This runs those
 * that need nothing but their process and global variables, such as a switch that a test sets.
 */

const CLASS = { LD: 0, LDX: 1, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;
const GET_CURRENT_PID_TGID = 14;
const MOST_STEPS = 100_000;
const U64 = (1n << 64n) - 1n;

/** A map that an instruction names: an open file with its memory, or undefined if it has none. */
export type FindMemory = (fd: number) => number | undefined;

interface Instruction {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
  /** For the load of an address: the memory of the map, and the position there. */
  readonly address?: Address;
  /** The upper half of a 64-bit number. */
  readonly high: number;
}

interface Address {
  readonly memory: number;
  readonly at: number;
}

type Value = bigint | Address | undefined;

/** An LSM program that can run here. */
export class LsmProgram {
  readonly hook: LsmHook;
  readonly #insns: readonly Instruction[];

  private constructor(hook: LsmHook, insns: readonly Instruction[]) {
    this.hook = hook;
    this.#insns = insns;
  }

  /**
   * @param functionName - the kernel's function to attach to: `bpf_lsm_bpf_token_cmd`.
   * @returns why the program cannot run here, as the end of a sentence, if it cannot.
   */
  static parse(functionName: string, bytes: Uint8Array, memory: FindMemory): LsmProgram | string {
    const hook = lsmHooks.find((name) => functionName === `bpf_lsm_${name}`);
    if (hook === undefined) return `attaching LSM programs to ${functionName}()`;
    const insns = readInstructions(bytes, memory);
    const program = new LsmProgram(hook, insns);
    const unknown = insns.find((insn) => !isKnown(insn));
    return unknown === undefined
      ? program
      : `LSM programs with the instruction 0x${unknown.code.toString(16)}`;
  }

  /**
   * Runs the program for a process.
   *
   * @returns the answer: 0 or `-errno`; a text if the program reads what is not known here.
   */
  run(pid: number): number | string {
    const registers: Value[] = Array.from({ length: 11 }, () => undefined);
    for (let at = 0, steps = 0; steps < MOST_STEPS; steps++) {
      const insn = this.#insns[at];
      if (insn === undefined) return "LSM programs that leave their code";
      if (insn.code === 0x95) {
        const result = registers[0];
        return typeof result === "bigint"
          ? Number(BigInt.asIntN(32, result))
          : "LSM programs that return an address";
      }
      const next = step(insn, registers, pid);
      if (next === undefined) return "LSM programs that read the arguments of their hook";
      at += next;
    }
    return "LSM programs that run for long";
  }
}

function readInstructions(bytes: Uint8Array, memory: FindMemory): readonly Instruction[] {
  const view = viewOf(bytes);
  const insns: Instruction[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const [code = 0, registers = 0] = [bytes[at], bytes[at + 1]];
    const [off, imm] = [view.getInt16(at + 2, true), view.getInt32(at + 4, true)];
    const wide = code === 0x18 && at + 16 <= bytes.length;
    const high = wide ? view.getInt32(at + 12, true) : 0;
    const src = registers >> 4;
    const file = wide && src === 2 ? memory(imm) : undefined;
    const address = file === undefined ? {} : { address: { memory: file, at: high } };
    insns.push({ code, dst: registers & 15, src, off, imm, high, ...address });
  }
  return insns;
}

const ALU_OPS = [0, 1, 2, 4, 5, 6, 7, 10, 11, 12];
const JMP_OPS = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13];

/** Whether an instruction can run here. The second half of a load has the code 0. */
function isKnown({ code, src, off, imm, address }: Instruction): boolean {
  const [kind, op] = [code & 7, code >> 4];
  switch (kind) {
    case CLASS.LD:
      return code === 0 || (code === 0x18 && (src === 0 || address !== undefined));
    case CLASS.LDX:
      return (code & 0xe0) === 0x60;
    case CLASS.ALU:
    case CLASS.ALU64:
      return ALU_OPS.includes(op) && off === 0;
    case CLASS.JMP:
      if (code === 0x85) return src === 0 && imm === GET_CURRENT_PID_TGID;
      return code === 0x95 || JMP_OPS.includes(op);
    case CLASS.JMP32:
      return JMP_OPS.includes(op) && op !== 0;
    default:
      return false;
  }
}

/** Runs an instruction. Returns how far the next one is; undefined for a value that is not known. */
function step(insn: Instruction, registers: Value[], pid: number): number | undefined {
  const { code, dst, src, off, imm } = insn;
  const kind = code & 7;
  if (code === 0x18) {
    const low = BigInt.asUintN(32, BigInt(imm));
    registers[dst] = insn.address ?? BigInt.asUintN(64, (BigInt(insn.high) << 32n) | low);
    return 2;
  }
  if (code === 0x85) {
    registers[0] = (BigInt(pid) << 32n) | BigInt(pid);
    return 1;
  }
  if (kind === CLASS.LDX) {
    const from = registers[src];
    if (typeof from !== "object") return undefined;
    registers[dst] = load(from, off, code);
    return registers[dst] === undefined ? undefined : 1;
  }
  const operand = code & 8 ? registers[src] : BigInt(imm);
  const old = registers[dst];
  if (kind === CLASS.ALU || kind === CLASS.ALU64) {
    registers[dst] = compute(code, old, operand);
    return registers[dst] === undefined ? undefined : 1;
  }
  if (code === 0x05) return 1 + off;
  if (typeof old !== "bigint" || typeof operand !== "bigint") return undefined;
  return isTaken(code >> 4, kind === CLASS.JMP32 ? 32 : 64, old, operand) ? 1 + off : 1;
}

function load({ memory, at }: Address, off: number, code: number): bigint | undefined {
  const size = [4, 2, 1, 8][(code >> 3) & 3] ?? 8;
  const bytes = Buffer.alloc(8);
  if (readSync(memory, bytes, 0, size, at + off) !== size) return undefined;
  return bytes.readBigUInt64LE();
}

function compute(code: number, a: Value, b: Value): Value {
  const [op, width] = [code >> 4, (code & 7) === CLASS.ALU64 ? 64 : 32];
  if (op === 11) return typeof b === "bigint" ? BigInt.asUintN(width, b) : b;
  if (typeof a === "object" && op === 0 && typeof b === "bigint")
    return { memory: a.memory, at: a.at + Number(b) };
  if (typeof a !== "bigint" || typeof b !== "bigint") return undefined;
  const [left, right] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const shift = right & BigInt(width - 1);
  const results: Readonly<Record<number, () => bigint>> = {
    0: () => left + right,
    1: () => left - right,
    2: () => left * right,
    4: () => left | right,
    5: () => left & right,
    6: () => left << shift,
    7: () => left >> shift,
    10: () => left ^ right,
    12: () => BigInt.asIntN(width, left) >> shift,
  };
  const result = results[op]?.();
  return result === undefined ? undefined : BigInt.asUintN(width, result) & U64;
}

function isTaken(op: number, width: number, a: bigint, b: bigint): boolean {
  const [left, right] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const [signedLeft, signedRight] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
  switch (op) {
    case 1:
      return left === right;
    case 2:
      return left > right;
    case 3:
      return left >= right;
    case 4:
      return (left & right) !== 0n;
    case 5:
      return left !== right;
    case 6:
      return signedLeft > signedRight;
    case 7:
      return signedLeft >= signedRight;
    case 10:
      return left < right;
    case 11:
      return left <= right;
    case 12:
      return signedLeft < signedRight;
    default:
      return signedLeft <= signedRight;
  }
}
