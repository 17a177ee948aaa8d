// SPDX-License-Identifier: MIT
import { attrLayout, type BpfCmdName, newestRelease } from "@bpf-token/uapi";

/** The fields of PROG_LOAD about functions, lines and CO-RE relocations. */
export const debugInfo: ReadonlySet<string> = new Set([
  ...["func_info", "func_info_cnt", "func_info_rec_size"],
  ...["line_info", "line_info_cnt", "line_info_rec_size"],
  ...["core_relos", "core_relo_cnt", "core_relo_rec_size"],
]);

/** A field of an attr that is not a null pointer. */
export interface PointerField {
  readonly field: string;
  readonly offset: number;
  readonly target: bigint;
}

/** The attr of a command, in the layout of the newest release: its fields never move. */
export class Attr {
  readonly name: BpfCmdName;
  readonly view: DataView;
  readonly fields: readonly { name: string; type: string; offset: number; size: number }[];

  constructor(name: BpfCmdName, bytes: Uint8Array) {
    this.name = name;
    this.view = viewOf(bytes);
    const fields = attrLayout(name, newestRelease).fields;
    this.fields = fields.filter(({ offset, size }) => offset + size <= bytes.length);
  }

  has(name: string): boolean {
    return this.fields.some((field) => field.name === name);
  }

  /** A 32-bit field; 0 if the attr ends before it. */
  number(name: string): number {
    const field = this.fields.find((one) => one.name === name);
    return field === undefined ? 0 : this.view.getUint32(field.offset, true);
  }

  /** Sets 32-bit fields and pointers to 0. */
  clear(names: ReadonlySet<string>): void {
    for (const { name, offset, size } of this.fields) {
      if (!names.has(name)) continue;
      for (let at = 0; at < size; at += 4) this.view.setUint32(offset + at, 0, true);
    }
  }

  get pointers(): readonly PointerField[] {
    const found = new Map<number, PointerField>();
    for (const { name, type, offset } of this.fields) {
      if (type !== "ptr" || found.has(offset)) continue;
      const target = this.view.getBigUint64(offset, true);
      if (target !== 0n) found.set(offset, { field: name, offset, target });
    }
    return [...found.values()];
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The lower 32 bits of an argument. */
export const uint = (value: bigint | undefined): number => Number((value ?? 0n) & 0xffff_ffffn);
