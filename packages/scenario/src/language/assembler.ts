// SPDX-License-Identifier: MIT
import { HelperId, Insn, insn } from "@bpf-token/uapi";

/** Operations of the 64-bit ALU. */
const alu: Readonly<Record<string, number>> = {
  add: Insn.ADD,
  sub: Insn.SUB,
  mul: Insn.MUL,
  div: Insn.DIV,
  or: Insn.OR,
  and: Insn.AND,
  lsh: Insn.LSH,
  rsh: Insn.RSH,
  mod: Insn.MOD,
  xor: Insn.XOR,
  mov: Insn.MOV,
  arsh: Insn.ARSH,
};

/** Conditions of jumps. */
const jumps: Readonly<Record<string, number>> = {
  jeq: Insn.JEQ,
  jne: Insn.JNE,
  jgt: Insn.JGT,
  jge: Insn.JGE,
  jlt: Insn.JLT,
  jle: Insn.JLE,
  jset: Insn.JSET,
  jsgt: Insn.JSGT,
  jsge: Insn.JSGE,
  jslt: Insn.JSLT,
  jsle: Insn.JSLE,
};

/** The mnemonics, for messages. */
export const mnemonics: readonly string[] = [
  ...Object.keys(alu),
  ...Object.keys(jumps),
  ...["ja", "ld", "map", "call", "exit", "raw"],
];

const LD_IMM64 = Insn.LD | Insn.DW | Insn.IMM;

/** Returns the value of `$name`. */
export type Lookup = (reference: string) => number | bigint;

/** A line is not a valid instruction. */
export class AssemblyError extends Error {
  override readonly name = "AssemblyError" as const;
  /** The wrong word and the valid ones, for a suggestion. */
  readonly word: string | undefined;
  readonly candidates: readonly string[];

  constructor(message: string, word?: string, candidates: readonly string[] = []) {
    super(message);
    this.word = word;
    this.candidates = candidates;
  }
}

/**
 * Assembles a program, one instruction per line.
 *
 * @returns the instructions, 8 bytes each.
 * @throws AssemblyError for an invalid line.
 */
export function assemble(lines: readonly string[], lookup: Lookup): Uint8Array {
  return concat(lines.map((line) => instruction(line, lookup)));
}

/** Assembles one line: 8 bytes, or 16 for a 64-bit constant. */
export function instruction(line: string, lookup: Lookup): Uint8Array {
  const words = line.trim().split(/[\s,]+/);
  const [name = "", a, b, c] = words;
  const want = (count: number): void => {
    if (words.length - 1 !== count) {
      throw new AssemblyError(`'${name}' needs ${count} operands, not ${words.length - 1}`);
    }
  };
  const operation = Object.hasOwn(alu, name) ? alu[name] : undefined;
  if (operation !== undefined) {
    want(2);
    return operands(operation | Insn.ALU64, a, b, 0, lookup);
  }
  const condition = Object.hasOwn(jumps, name) ? jumps[name] : undefined;
  if (condition !== undefined) {
    want(3);
    return operands(condition | Insn.JMP, a, b, offset(c), lookup);
  }
  if (name === "exit") {
    want(0);
    return insn(Insn.JMP | Insn.EXIT);
  }
  if (name === "ld" || name === "map") {
    want(2);
    const value = integer(b, lookup, name === "map" ? 32 : 64);
    // The upper half of a map reference is reserved, so a file descriptor of -1 must not fill it.
    if (name === "map") return wide(register(a), Insn.PSEUDO_MAP_FD, BigInt.asUintN(32, value));
    return wide(register(a), 0, value);
  }
  if (!["ja", "call", "raw"].includes(name)) {
    throw new AssemblyError(`unknown instruction '${name}'`, name, mnemonics);
  }
  want(1);
  if (name === "ja") return insn(Insn.JMP | Insn.JA, 0, 0, offset(a));
  if (name === "call") return insn(Insn.JMP | Insn.CALL, 0, 0, 0, helper(a));
  return rawBytes(a);
}

function operands(
  code: number,
  to: string | undefined,
  from: string | undefined,
  off: number,
  lookup: Lookup,
): Uint8Array {
  if (from !== undefined && /^r\d+$/.test(from)) {
    return insn(code | Insn.X, register(to), register(from), off);
  }
  return insn(code, register(to), 0, off, Number(integer(from, lookup, 32)));
}

function register(word = ""): number {
  const number = /^r(\d|10)$/.exec(word)?.[1];
  if (number === undefined) throw new AssemblyError(`'${word}' is not a register r0 … r10`);
  return Number(number);
}

function integer(word: string | undefined, lookup: Lookup, bits: 32 | 64): bigint {
  const text = word ?? "";
  let value: bigint;
  if (text.startsWith("$")) value = BigInt(lookup(text));
  else if (/^-?(0x[0-9a-f]+|\d+)$/i.test(text)) {
    value = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  } else throw new AssemblyError(`'${text}' is not a number`);
  if (value < -(2n ** BigInt(bits - 1)) || value >= 2n ** BigInt(bits)) {
    throw new AssemblyError(`${text} does not fit ${bits} bits`);
  }
  return value;
}

function offset(word = ""): number {
  if (!/^[+-]?\d+$/.test(word) || Math.abs(Number(word)) > 32767) {
    throw new AssemblyError(`'${word}' is not a jump offset such as +1`);
  }
  return Number(word);
}

function helper(word = ""): number {
  const helpers: Readonly<Record<string, number>> = HelperId;
  const named = Object.hasOwn(helpers, word) ? helpers[word] : undefined;
  if (named !== undefined) return named;
  if (!/^\d{1,9}$/.test(word)) {
    throw new AssemblyError(`unknown helper '${word}'`, word, Object.keys(helpers));
  }
  return Number(word);
}

function rawBytes(word = ""): Uint8Array {
  if (!/^[0-9a-f]{16}$/i.test(word)) {
    throw new AssemblyError(`'${word}' is not eight bytes in hex`);
  }
  return Uint8Array.from({ length: 8 }, (_, i) =>
    Number.parseInt(word.slice(2 * i, 2 * i + 2), 16),
  );
}

function wide(dst: number, src: number, value: bigint): Uint8Array {
  const low = Number(BigInt.asUintN(32, value));
  const high = Number(BigInt.asUintN(32, value >> 32n));
  return concat([insn(LD_IMM64, dst, src, 0, low), insn(0, 0, 0, 0, high)]);
}

/** Concatenates the pieces. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
