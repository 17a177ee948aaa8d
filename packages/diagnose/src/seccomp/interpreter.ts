// SPDX-License-Identifier: MIT
// Runs classic BPF as seccomp(2) does. Jumps go only forward, so every filter ends.

/** Size of an instruction: `struct sock_filter` of linux/filter.h. */
export const INSN_SIZE = 8;
/** `BPF_MAXINSNS`: the kernel installs no longer filter. */
const MAX_INSNS = 4096;
/** Size of `struct seccomp_data`. */
const DATA_SIZE = 64;
const SLOTS = 16;

/** The words of `struct seccomp_data` by offset; a word that is missing is not known. */
export type SeccompData = ReadonlyMap<number, number>;

/** What a filter returns; `unknown` if the result depends on a word that is not known. */
export type FilterResult =
  | { readonly how: "returned"; readonly value: number }
  | { readonly how: "unknown"; readonly offset: number }
  | { readonly how: "invalid"; readonly why: string };

/** The registers and slots of the machine. */
interface Machine {
  a: number;
  x: number;
  readonly slots: Uint32Array;
}

/**
 * Runs a filter.
 *
 * @param filter - its instructions, in the byte order of x86-64 and arm64.
 */
export function runFilter(filter: Uint8Array, data: SeccompData): FilterResult {
  const count = filter.length / INSN_SIZE;
  if (!Number.isInteger(count) || count === 0 || count > MAX_INSNS) {
    return { how: "invalid", why: `it has ${filter.length} bytes` };
  }
  const view = new DataView(filter.buffer, filter.byteOffset, filter.length);
  const machine: Machine = { a: 0, x: 0, slots: new Uint32Array(SLOTS) };
  for (let pc = 0; pc < count; pc++) {
    const at = pc * INSN_SIZE;
    const code = view.getUint16(at, true);
    const k = view.getUint32(at + 4, true);
    if (code === 0x06) return { how: "returned", value: k };
    if (code === 0x16) return { how: "returned", value: machine.a };
    if (code === 0x05) {
      pc += k;
      continue;
    }
    const operand = (code & 0x08) === 0 ? k : machine.x;
    const taken = compare(code, machine.a, operand);
    if (taken !== undefined) {
      pc += view.getUint8(at + (taken ? 2 : 3));
      continue;
    }
    const ended = step(machine, code, { k, operand }, data);
    if (ended === undefined) continue;
    if (ended !== "invalid") return ended;
    return { how: "invalid", why: `instruction ${pc} has the code 0x${code.toString(16)}` };
  }
  return { how: "invalid", why: "it ends without a return" };
}

/** Runs an instruction that does not jump. Returns how the filter ends; undefined if it continues. */
function step(
  machine: Machine,
  code: number,
  { k, operand }: { readonly k: number; readonly operand: number },
  data: SeccompData,
): FilterResult | "invalid" | undefined {
  if (code === 0x20) {
    if (k % 4 !== 0 || k >= DATA_SIZE) return "invalid";
    const word = data.get(k);
    if (word === undefined) return { how: "unknown", offset: k };
    machine.a = word;
    return undefined;
  }
  if (move(machine, code, k)) return undefined;
  const result = calculate(code, machine.a, operand);
  // Division by a register that is 0 ends the filter with 0, which kills.
  if (result === "zero") return { how: "returned", value: 0 };
  if (result === undefined) return "invalid";
  machine.a = result;
  return undefined;
}

/** Runs an instruction that moves a value. Returns false if it is another one, or has no such slot. */
function move(machine: Machine, code: number, k: number): boolean {
  const { slots } = machine;
  if ([0x60, 0x61, 0x02, 0x03].includes(code) && k >= SLOTS) return false;
  switch (code) {
    case 0x00:
      machine.a = k;
      return true;
    case 0x01:
      machine.x = k;
      return true;
    case 0x80:
      machine.a = DATA_SIZE;
      return true;
    case 0x81:
      machine.x = DATA_SIZE;
      return true;
    case 0x60:
      machine.a = slots[k] ?? 0;
      return true;
    case 0x61:
      machine.x = slots[k] ?? 0;
      return true;
    case 0x02:
      slots[k] = machine.a;
      return true;
    case 0x03:
      slots[k] = machine.x;
      return true;
    case 0x07:
      machine.x = machine.a;
      return true;
    case 0x87:
      machine.a = machine.x;
      return true;
    default:
      return false;
  }
}

function compare(code: number, a: number, operand: number): boolean | undefined {
  switch (code & ~0x08) {
    case 0x15:
      return a === operand;
    case 0x25:
      return a > operand;
    case 0x35:
      return a >= operand;
    case 0x45:
      return (a & operand) !== 0;
    default:
      return undefined;
  }
}

function calculate(code: number, a: number, operand: number): number | "zero" | undefined {
  switch (code & ~0x08) {
    case 0x04:
      return (a + operand) >>> 0;
    case 0x14:
      return (a - operand) >>> 0;
    case 0x24:
      return Math.imul(a, operand) >>> 0;
    case 0x34:
      return operand === 0 ? "zero" : Math.floor(a / operand);
    case 0x44:
      return (a | operand) >>> 0;
    case 0x54:
      return (a & operand) >>> 0;
    case 0x64:
      return operand > 31 ? 0 : (a << operand) >>> 0;
    case 0x74:
      return operand > 31 ? 0 : a >>> operand;
    case 0x84:
      return code === 0x84 ? -a >>> 0 : undefined;
    case 0xa4:
      return (a ^ operand) >>> 0;
    default:
      return undefined;
  }
}
