// SPDX-License-Identifier: MIT
/* Runs the program of an entry of .eh_frame: where the caller's registers are. */
import type { ByteReader } from "./bytes.js";
import type { CommonEntry, FrameEntry } from "./frame-entry.js";

/** Where the caller's value of a register is. `frame` is the canonical frame address. */
export type Rule =
  | { readonly kind: "memory" | "value"; readonly offset: number }
  | { readonly kind: "memoryAt" | "valueOf"; readonly expression: Uint8Array }
  | { readonly kind: "register"; readonly from: number }
  | { readonly kind: "undefined" };

/** Where the frame is: the value of a register and an offset, or an expression. */
export type FrameAt =
  | { readonly register: number; readonly offset: number }
  | { readonly expression: Uint8Array };

/** The rules at an address. A register without a rule has the same value in the caller. */
export interface Rules {
  readonly frame: FrameAt | undefined;
  readonly registers: ReadonlyMap<number, Rule>;
}

/**
 * Returns the rules at an address; undefined if the program has an operation that we do not know.
 *
 * @throws RangeError if the program is malformed.
 */
export function rulesAt(
  { common, start, program }: FrameEntry,
  address: number,
): Rules | undefined {
  const run = new Run(common, start, address);
  if (!run.all(common.program)) return undefined;
  run.startFunction();
  return run.all(program) ? run.rules() : undefined;
}

/** One run of a program, up to the operations after an address. */
class Run {
  readonly #common: CommonEntry;
  readonly #address: number;
  #location: number;
  #frame: FrameAt | undefined;
  #registers = new Map<number, Rule>();
  #initial: ReadonlyMap<number, Rule> = new Map();
  readonly #remembered: (readonly [FrameAt | undefined, ReadonlyMap<number, Rule>])[] = [];

  constructor(common: CommonEntry, start: number, address: number) {
    this.#common = common;
    this.#location = start;
    this.#address = address;
  }

  /** The rules so far are those that DW_CFA_restore restores. */
  startFunction(): void {
    this.#initial = new Map(this.#registers);
  }

  rules(): Rules {
    return { frame: this.#frame, registers: this.#registers };
  }

  /** Runs a program. Returns false at an operation that we do not know. */
  all(program: ByteReader): boolean {
    while (!program.atEnd && this.#location <= this.#address) {
      const op = program.u8();
      const known = op < 0x40 ? this.#long(op, program) : this.#short(op, program);
      if (!known) return false;
    }
    return true;
  }

  /** An operation with its first operand in the same byte. */
  #short(op: number, program: ByteReader): boolean {
    const operand = op & 0x3f;
    if (op < 0x80) this.#location += operand * this.#common.codeAlign;
    else if (op < 0xc0) this.#memory(operand, program.uleb());
    else this.#restore(operand);
    return true;
  }

  #long(op: number, program: ByteReader): boolean {
    return this.#moves(op, program) || this.#defines(op, program) || this.#places(op, program);
  }

  /** Operations about the location, and those without an effect on rules. */
  #moves(op: number, program: ByteReader): boolean {
    const { codeAlign, encoding } = this.#common;
    switch (op) {
      case 0x00: // DW_CFA_nop
      case 0x2d: // DW_CFA_AARCH64_negate_ra_state
        return true;
      case 0x01:
        this.#location = program.pointer(encoding);
        return true;
      case 0x02:
        this.#location += program.u8() * codeAlign;
        return true;
      case 0x03:
        this.#location += program.u16() * codeAlign;
        return true;
      case 0x04:
        this.#location += program.u32() * codeAlign;
        return true;
      case 0x0a:
        this.#remembered.push([this.#frame, new Map(this.#registers)]);
        return true;
      case 0x0b: {
        const [frame, registers = []] = this.#remembered.pop() ?? [];
        this.#frame = frame;
        this.#registers = new Map(registers);
        return true;
      }
      case 0x2e: // DW_CFA_GNU_args_size
        program.uleb();
        return true;
      default:
        return false;
    }
  }

  /** Operations that define where the frame is. */
  #defines(op: number, program: ByteReader): boolean {
    const { dataAlign } = this.#common;
    switch (op) {
      case 0x0c:
        this.#frame = { register: program.uleb(), offset: program.uleb() };
        return true;
      case 0x0d:
        this.#frame = { register: program.uleb(), offset: this.#byRegister().offset };
        return true;
      case 0x0e:
        this.#frame = { register: this.#byRegister().register, offset: program.uleb() };
        return true;
      case 0x0f:
        this.#frame = { expression: program.bytes(program.uleb()) };
        return true;
      case 0x12:
        this.#frame = { register: program.uleb(), offset: program.sleb() * dataAlign };
        return true;
      case 0x13: {
        const { register } = this.#byRegister();
        this.#frame = { register, offset: program.sleb() * dataAlign };
        return true;
      }
      default:
        return false;
    }
  }

  /** The frame, for an operation that changes a part of it. */
  #byRegister(): { readonly register: number; readonly offset: number } {
    if (this.#frame !== undefined && "register" in this.#frame) return this.#frame;
    throw new RangeError("an operation changes a frame that no register has");
  }

  /** Operations that say where a register is. */
  #places(op: number, program: ByteReader): boolean {
    if (op !== 0x05 && op !== 0x2f && !(op >= 0x06 && op <= 0x16)) return false;
    const { dataAlign } = this.#common;
    const register = program.uleb();
    switch (op) {
      case 0x05:
        this.#memory(register, program.uleb());
        return true;
      case 0x06:
        this.#restore(register);
        return true;
      case 0x07:
        this.#registers.set(register, { kind: "undefined" });
        return true;
      case 0x08:
        this.#registers.delete(register);
        return true;
      case 0x09:
        this.#registers.set(register, { kind: "register", from: program.uleb() });
        return true;
      case 0x10:
      case 0x16: {
        const kind = op === 0x10 ? "memoryAt" : "valueOf";
        this.#registers.set(register, { kind, expression: program.bytes(program.uleb()) });
        return true;
      }
      case 0x11:
        this.#memory(register, program.sleb());
        return true;
      case 0x14:
      case 0x15: {
        const offset = (op === 0x14 ? program.uleb() : program.sleb()) * dataAlign;
        this.#registers.set(register, { kind: "value", offset });
        return true;
      }
      case 0x2f: // DW_CFA_GNU_negative_offset_extended
        this.#memory(register, -program.uleb());
        return true;
      default:
        return false;
    }
  }

  #memory(register: number, factored: number): void {
    const offset = factored * this.#common.dataAlign;
    this.#registers.set(register, { kind: "memory", offset });
  }

  #restore(register: number): void {
    const rule = this.#initial.get(register);
    if (rule === undefined) this.#registers.delete(register);
    else this.#registers.set(register, rule);
  }
}
