// SPDX-License-Identifier: MIT
import { ByteReader } from "../byte-reader.js";
import { sectionsOf } from "../wasm-module.js";

const CUSTOM = 0;
const DATA = 11;
/** Of the linking section: names of segments of data. */
const SEGMENT_INFO = 5;

/**
 * The content of the pieces with a name in a relocatable object: custom sections, and segments of
 * data. Compilers differ in which of both they put tables of coverage into.
 */
export function piecesOf(object: Uint8Array): ReadonlyMap<string, readonly Uint8Array[]> {
  const pieces = new Map<string, Uint8Array[]>();
  const add = (name: string, bytes: Uint8Array): void => {
    pieces.set(name, [...(pieces.get(name) ?? []), bytes]);
  };
  let segments: readonly Uint8Array[] = [];
  let names: readonly string[] = [];
  for (const { id, body } of sectionsOf(object)) {
    const section = new ByteReader(body);
    if (id === DATA) segments = segmentsOf(section);
    if (id !== CUSTOM) continue;
    const name = section.text(section.uleb());
    if (name === "linking") names = segmentNames(section);
    else add(name, section.rest());
  }
  for (const [i, bytes] of segments.entries()) add(names[i] ?? "", bytes);
  return pieces;
}

function segmentsOf(section: ByteReader): readonly Uint8Array[] {
  return Array.from({ length: section.uleb() }, () => {
    const flags = section.uleb();
    if (flags === 2) section.uleb();
    if (flags !== 1) {
      // where it lies: `i32.const N`, `end`
      section.u8();
      section.uleb();
      section.u8();
    }
    return section.take(section.uleb());
  });
}

function segmentNames(section: ByteReader): readonly string[] {
  section.uleb(); // version
  while (!section.done) {
    const kind = section.u8();
    const content = new ByteReader(section.take(section.uleb()));
    if (kind !== SEGMENT_INFO) continue;
    return Array.from({ length: content.uleb() }, () => {
      const name = content.text(content.uleb());
      content.uleb(); // alignment
      content.uleb(); // flags
      return name;
    });
  }
  return [];
}
