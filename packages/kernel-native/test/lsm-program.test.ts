// SPDX-License-Identifier: MIT
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LsmProgram } from "../src/program/lsm-program.ts";

const HOOK = "bpf_lsm_bpf_token_cmd";
/** An instruction: code, destination and source register, offset, number. */
const insn = (code: number, dst: number, src: number, off: number, imm: number): number[] => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(dst | (src << 4), 1);
  bytes.writeInt16LE(off, 2);
  bytes.writeInt32LE(imm, 4);
  return [...bytes];
};
const code = (...insns: readonly number[][]): Uint8Array => Uint8Array.from(insns.flat());
const EXIT = insn(0x95, 0, 0, 0, 0);
const returns = (n: number): number[] => insn(0xb7, 0, 0, 0, n);

let folder = "";
let fd = -1;
const variables = (...values: readonly number[]): void =>
  writeFileSync(join(folder, "map"), new Uint8Array(new Int32Array(values).buffer));
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lsm-"));
  variables(0, 0);
  fd = openSync(join(folder, "map"), "r");
});
afterAll(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

function run(bytes: Uint8Array, pid = 7): number | string {
  const program = LsmProgram.parse(HOOK, bytes, (map) => (map === 3 ? fd : undefined));
  return typeof program === "string" ? program : program.run(pid);
}

describe("LSM programs", () => {
  test("refuse a process by its number and a global variable", () => {
    const bytes = code(
      [...insn(0x18, 6, 2, 0, 3), ...insn(0, 0, 0, 0, 0)], // r6 = the map's value
      insn(0x85, 0, 0, 0, 14), // call bpf_get_current_pid_tgid
      insn(0x77, 0, 0, 0, 32), // r0 >>= 32
      insn(0x61, 1, 6, 0, 0), // r1 = *(u32 *)(r6 + 0)
      insn(0x5d, 1, 0, 4, 0), // if r1 != r0 goto +4
      insn(0x61, 1, 6, 4, 0), // r1 = *(u32 *)(r6 + 4)
      insn(0x15, 1, 0, 2, 0), // if r1 == 0 goto +2
      returns(-1),
      EXIT,
      returns(0),
      EXIT,
    );
    variables(7, 0);
    expect(run(bytes)).toBe(0);
    variables(7, 1);
    expect(run(bytes)).toBe(-1);
    expect(run(bytes, 8)).toBe(0);
  });

  test.each([
    ["the arguments", code(insn(0x79, 0, 1, 0, 0), EXIT), /read the arguments of their hook/],
    ["another helper", code(insn(0x85, 0, 0, 0, 5), EXIT), /instruction 0x85/],
    ["a map without memory", code(insn(0x18, 1, 1, 0, 4), EXIT), /instruction 0x18/],
    ["no end", code(insn(0x05, 0, 0, -1, 0)), /run for long/],
    ["no exit", code(returns(0)), /leave their code/],
  ])("with %s are named", (_, bytes, message) => {
    expect(run(bytes)).toMatch(message);
  });

  test("of an unknown hook are named", () => {
    const program = LsmProgram.parse("bpf_lsm_file_open", code(EXIT), () => undefined);
    expect(program).toBe("attaching LSM programs to bpf_lsm_file_open()");
  });
});
