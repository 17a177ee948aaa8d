// SPDX-License-Identifier: MIT

import type { Btf } from "../btf/btf.js";
import type { BtfExt, InfoRecords } from "../btf/ext.js";
import { Bytes } from "../bytes.js";
import type { ElfFile } from "../elf/elf.js";
import { type CoreRelocation, coreKinds } from "../spec.js";
import { type Functions, INSN, type RawFunction } from "./functions.js";

const SECTION = ".BTF.ext";

/**
 * Returns the records of one function, with offsets in instructions from its start.
 *
 * @param table - records by section, sorted by offset.
 */
export function recordsOf(
  table: ReadonlyMap<string, InfoRecords> | undefined,
  at: RawFunction,
): InfoRecords | undefined {
  const records = table?.get(at.section.name);
  if (records === undefined) return undefined;
  const { recordSize } = records;
  const from = firstFrom(records, at.start * INSN);
  const count = firstFrom(records, (at.start + at.count) * INSN) - from;
  if (count <= 0) return undefined;
  const bytes = records.bytes.slice(from * recordSize, (from + count) * recordSize);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i += recordSize) {
    view.setUint32(i, Math.floor(view.getUint32(i, true) / INSN) - at.start, true);
  }
  return { recordSize, count, bytes };
}

/** Returns the index of the first record at or after an offset. */
function firstFrom({ bytes, recordSize, count }: InfoRecords, place: number): number {
  const view = new Bytes(SECTION, bytes);
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (view.u32(middle * recordSize) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Refuses records that are not sorted, because they cannot be assigned to functions. */
export function checkOrder({ funcInfo, lineInfo }: BtfExt): void {
  for (const records of [...funcInfo.values(), ...lineInfo.values()]) {
    const view: Bytes = new Bytes(SECTION, records.bytes);
    for (let i = 1; i < records.count; i++) {
      const at = i * records.recordSize;
      if (view.u32(at) < view.u32(at - records.recordSize)) {
        view.fail(at, "records are not sorted by offset");
      }
    }
  }
}

/** Reads CO-RE relocations. Ignores those for functions that are not in the file. */
export function readCoreRelocations(
  ext: BtfExt,
  btf: Btf,
  elf: ElfFile,
  functions: Functions,
): CoreRelocation[] {
  const found: CoreRelocation[] = [];
  for (const [name, records] of ext.coreRelocations) {
    const section = elf.sections.find((one) => one.name === name);
    if (section === undefined) continue;
    const view: Bytes = new Bytes(SECTION, records.bytes);
    for (let at = 0; at < view.length; at += records.recordSize) {
      const offset = view.u32(at);
      if (offset % INSN !== 0) view.fail(at, `offset ${offset} is not that of an instruction`);
      const place = functions.at(section.index, offset / INSN);
      if (place === undefined) continue;
      const number = view.u32(at + 12);
      const kind = coreKinds[number] ?? view.fail(at + 12, `unknown CO-RE kind ${number}`);
      found.push({
        function: place.index,
        insn: offset / INSN - place.start,
        kind,
        typeId: view.u32(at + 4),
        access: btf.string(view.u32(at + 8)),
      });
    }
  }
  return found;
}
