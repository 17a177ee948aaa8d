// SPDX-License-Identifier: MIT
// An object with three small XDP programs, to try the verifier without a compiler.

interface ExampleProgram {
  readonly name: string;
  /** The program in C. */
  readonly source: string;
  /** Opcode; source and destination register, four bits each; offset; immediate value. */
  readonly code: readonly (readonly [op: number, registers: number, offset: number, imm: number])[];
}

const programs: readonly ExampleProgram[] = [
  {
    name: "drop_ipv4",
    source: "if (data + 14 > data_end || protocol != IPv4) return XDP_PASS; return XDP_DROP;",
    code: [
      [0x61, 0x12, 0, 0], // r2 = ctx->data
      [0x61, 0x13, 4, 0], // r3 = ctx->data_end
      [0xbf, 0x24, 0, 0], // r4 = r2
      [0x07, 0x04, 0, 14], // r4 += 14
      [0x2d, 0x34, 4, 0], // if r4 > r3 goto pass
      [0x69, 0x20, 12, 0], // r0 = the protocol, in network byte order
      [0x55, 0x00, 2, 8], // if r0 != 0x0800 goto pass
      [0xb7, 0x00, 0, 1], // XDP_DROP
      [0x95, 0x00, 0, 0],
      [0xb7, 0x00, 0, 2], // pass: XDP_PASS
      [0x95, 0x00, 0, 0],
    ],
  },
  {
    name: "no_bounds_check",
    source: "return data[0];",
    code: [
      [0x61, 0x12, 0, 0], // r2 = ctx->data
      [0x71, 0x20, 0, 0], // r0 = *(u8 *)r2
      [0x95, 0x00, 0, 0],
    ],
  },
  {
    name: "compares_pointers",
    source: "if (ctx > frame) …; return XDP_PASS;",
    code: [
      [0x2d, 0xa1, 0, 0], // if r1 > r10 goto +0
      [0xb7, 0x00, 0, 2],
      [0x95, 0x00, 0, 0],
    ],
  },
];

/** The programs of {@link exampleObject}, in C. */
export const exampleSource: string = programs
  .map(({ name, source }) => `${name}: ${source}`)
  .join("\n");

const encoder = /* @__PURE__ */ new TextEncoder();
const INSN = 8;
const HEADER = 64;
const SECTION = 64;

/** Writes the object: code, licence, symbols, and two tables of strings. */
export function exampleObject(): Uint8Array {
  const code = programs.flatMap((program) => program.code);
  const text = new DataView(new ArrayBuffer(code.length * INSN));
  for (const [i, [op, registers, offset, imm]] of code.entries()) {
    text.setUint8(i * INSN, op);
    text.setUint8(i * INSN + 1, registers);
    text.setInt16(i * INSN + 2, offset, true);
    text.setInt32(i * INSN + 4, imm, true);
  }
  const names = stringTable(programs.map(({ name }) => name));
  const titles = ["xdp", "license", ".symtab", ".strtab", ".shstrtab"];
  const sectionNames = stringTable(titles);
  const sections = [
    { type: 1, flags: 6, link: 0, info: 0, entry: 0, data: new Uint8Array(text.buffer) },
    { type: 1, flags: 3, link: 0, info: 0, entry: 0, data: encoder.encode("GPL\0") },
    { type: 2, flags: 0, link: 4, info: 1, entry: 24, data: symbols(names.offsets) },
    { type: 3, flags: 0, link: 0, info: 0, entry: 0, data: names.data },
    { type: 3, flags: 0, link: 0, info: 0, entry: 0, data: sectionNames.data },
  ];
  const size = sections.reduce((sum, { data }) => sum + aligned(data.length), HEADER);
  const file = new Uint8Array(size + SECTION * (sections.length + 1));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little-endian
  view.setUint16(16, 1, true); // ET_REL
  view.setUint16(18, 247, true); // EM_BPF
  view.setUint32(20, 1, true);
  view.setUint32(40, size, true); // where the section headers are
  for (const [i, value] of [HEADER, 0, 0, SECTION, sections.length + 1, sections.length].entries())
    view.setUint16(52 + i * 2, value, true);
  let at = HEADER;
  for (const [i, { type, flags, link, info, entry, data }] of sections.entries()) {
    file.set(data, at);
    const row = size + SECTION * (i + 1);
    const name = sectionNames.offsets[i] ?? 0;
    const words = [name, type, flags, 0, 0, 0, at, 0, data.length, 0, link, info, 8, 0, entry, 0];
    for (const [j, word] of words.entries()) view.setUint32(row + j * 4, word, true);
    at += aligned(data.length);
  }
  return file;
}

const aligned = (length: number): number => Math.ceil(length / 8) * 8;

function stringTable(names: readonly string[]): { data: Uint8Array; offsets: readonly number[] } {
  let text = "\0";
  const offsets = names.map((name) => {
    const at = text.length;
    text += `${name}\0`;
    return at;
  });
  return { data: encoder.encode(text), offsets };
}

/** A global function for each program. */
function symbols(names: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 * (programs.length + 1)));
  let start = 0;
  for (const [i, { code }] of programs.entries()) {
    const at = 24 * (i + 1);
    view.setUint32(at, names[i] ?? 0, true);
    view.setUint8(at + 4, 0x12); // STB_GLOBAL, STT_FUNC
    view.setUint16(at + 6, 1, true);
    view.setUint32(at + 8, start, true);
    view.setUint32(at + 16, code.length * INSN, true);
    start += code.length * INSN;
  }
  return new Uint8Array(view.buffer);
}
